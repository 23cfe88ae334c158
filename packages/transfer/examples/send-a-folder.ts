// Sends a folder over a TCP connection of this machine. Any Duplex does: a pipe of p2pd, a TLS socket, a child process.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { escapeName } from '@p2pd/transfer'
import { receiveFiles, sendFiles } from '@p2pd/transfer/node'

const folder = await mkdtemp(join(tmpdir(), 'p2pd-example-'))
await mkdir(join(folder, 'recipes'))
await writeFile(join(folder, 'recipes', 'soup.txt'), 'onions, water, salt\n')

const server = createServer((stream) => {
  const received = receiveFiles(stream, join(folder, 'inbox'), {
    peer: 'alice', // The authenticated name of the other end: its transfers resume their own files.
    consent: ({ files, bytes, names, hidden }) => {
      console.log(`offered: ${files} file of ${bytes} bytes in ${names.map(escapeName).join(', ')}`)
      return hidden.length === 0
    },
  })
  received.catch((error: Error) => console.error(error.message))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as { port: number }

const { stored, failed } = await sendFiles(connect(port, '127.0.0.1'), [join(folder, 'recipes')], {
  onEvent: (event) => {
    if (event.type === 'file') console.log(`${event.path}: ${event.outcome}`)
  },
})
console.log(`stored: ${stored}, failed: ${failed}`)
console.log(await readFile(join(folder, 'inbox', 'recipes', 'soup.txt'), 'utf8'))
server.close()
