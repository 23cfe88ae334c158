import { listen, openPipe } from '@p2pd/pipe/node'

const LOOPBACK = { ip: '127.0.0.1', port: 0 }

/** Opens, uses and closes as many pipes, one after the other. */
export async function openAndClose(transport: 'tcp' | 'udp', cycles: number): Promise<void> {
  const server = await listen({ transport, local: LOOPBACK })
  server.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))
  for (let i = 0; i < cycles; i++) {
    const pipe = await openPipe({ transport, dest: server.local })
    const subscription = pipe.subscribe({ match: /x/ })
    await pipe.send('x')
    await subscription.recv({ timeoutMs: 5000 })
    await pipe.close()
  }
  await server.close()
}

/** Handles and timers that keep the process alive, once closed ones are gone. */
export async function activeResources(): Promise<string[]> {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  return process.getActiveResourcesInfo().sort()
}
