import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { echo } from '@p2pd/pipe'
import { handOver, listen, openPipe, receivePipe } from '@p2pd/pipe/node'

if (process.send !== undefined) {
  // The child: answers on the socket that it is handed, and ends with it.
  process.on('message', (message, handle) => {
    const pipe = receivePipe(message, handle)
    if (pipe === undefined) return
    echo(pipe)
    pipe.onClose(() => process.disconnect())
  })
} else {
  const server = await listen({ transport: 'tcp', local: { ip: '127.0.0.1', port: 0 } })
  const client = await openPipe({ transport: 'tcp', dest: server.local })
  const served = await server.accept()

  const child = fork(fileURLToPath(import.meta.url), { execArgv: process.execArgv })
  await handOver(served, child)
  await server.close()

  await client.send('hello')
  const { data } = await client.recv({ timeoutMs: 10_000 })
  console.log(`process ${child.pid === process.pid ? 'this' : 'another'} answered ${String(data)}`)
  await client.close()
}
