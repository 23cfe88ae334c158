/** One of the programs that `daemon.ts` measures: each has a process of its own, as in real life. */
import { startDaemon } from '@p2pd/daemon'
import { createIdentity, startNode } from '@p2pd/node/node'
import type { Node, PeerPipe } from '@p2pd/node'
import fastify from 'fastify'

/** An order of the measuring program. */
export type Order =
  /** A node that counts: `done` comes when the next pipe has brought so many bytes. */
  | { readonly type: 'peer' | 'daemon' }
  | { readonly type: 'bare'; readonly body: string }
  | { readonly type: 'expect'; readonly bytes: number }
  /** A pipe to this address. */
  | { readonly type: 'call'; readonly address: string }
  /** The CPU time of the program so far, in microseconds. */
  | { readonly type: 'cpu' }
  /** So many bytes through the last pipe. */
  | { readonly type: 'write'; readonly bytes: number }

/** The answer to each order, once it is carried out; `text` is an address or a URL. */
export interface Done {
  readonly type: Order['type']
  readonly text: string
}

const BLOCK = Buffer.alloc(64 * 1024)

let node: Node | undefined
let called: PeerPipe | undefined

async function startOwnNode(): Promise<Node> {
  node = await startNode({ servers: { stun: [], turn: [], mqtt: [] }, identity: createIdentity() })
  return node
}

/** Resolves when the next pipe that sends something has brought so many bytes. */
function expectBytes(own: Node, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0
    const stop = own.onPipe((pipe) => {
      pipe.stream.on('data', (data: Uint8Array) => {
        count += data.length
        if (count < bytes) return
        stop()
        resolve()
      })
    })
  })
}

async function write(pipe: PeerPipe | undefined, bytes: number): Promise<void> {
  const stream = pipe?.stream as unknown as NodeJS.WritableStream
  for (let sent = 0; sent < bytes; sent += BLOCK.length)
    if (!stream.write(BLOCK)) await new Promise((resolve) => stream.once('drain', resolve))
}

async function carryOut(order: Order): Promise<string> {
  switch (order.type) {
    case 'peer': {
      const peer = await startOwnNode()
      peer.onPipe(() => {}) // It takes pipes at any time.
      return peer.address()
    }
    case 'daemon':
      return (await startDaemon({ node: await startOwnNode(), port: 0 })).url
    case 'bare': {
      const app = fastify()
      app.get('/v1/pipes', (_, reply) => reply.type('application/json').send(order.body))
      return app.listen({ port: 0, host: '127.0.0.1' })
    }
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return String(user + system)
    }
    case 'expect':
      if (node !== undefined) await expectBytes(node, order.bytes)
      return ''
    case 'call':
      called = await node?.connect(order.address)
      return ''
    case 'write':
      await write(called, order.bytes)
      return ''
  }
}

process.on('message', (order: Order) => {
  void carryOut(order).then((text) => process.send?.({ type: order.type, text } satisfies Done))
})
