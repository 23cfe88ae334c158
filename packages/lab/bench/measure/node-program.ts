/** A program with a real node or broker on a host of the kernel Internet. Its parent controls it by IPC. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { startMqttBroker } from '@p2pd/infra'
import type { StrategyName } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'

/** A request to the program. */
export type Request =
  | { readonly type: 'broker'; readonly ip: string }
  | { readonly type: 'start'; readonly broker: string }
  | { readonly type: 'dial'; readonly url: string }
  | { readonly type: 'connect'; readonly target: string; readonly strategy: StrategyName }

/** An answer of the program; times in milliseconds. */
export type Answer =
  | { readonly type: 'loaded' }
  | { readonly type: 'serving'; readonly url: string }
  | { readonly type: 'started'; readonly id: string; readonly address: string; readonly elapsedMs: number }
  | { readonly type: 'dialled'; readonly elapsedMs: number }
  | { readonly type: 'connected'; readonly elapsedMs: number }
  | { readonly type: 'failed'; readonly reason: string }

const say = (answer: Answer) => process.send?.(answer)
let node: Awaited<ReturnType<typeof startNode>> | undefined

async function perform(request: Request): Promise<Answer> {
  if (request.type === 'broker') {
    const broker = await startMqttBroker({ hosts: [request.ip], port: 0 })
    return { type: 'serving', url: broker.urls[0] ?? '' }
  }
  if (request.type === 'start') {
    await node?.close()
    const servers = { stun: [], turn: [], mqtt: [request.broker] }
    const identity = createIdentity()
    const startedAt = performance.now()
    node = await startNode({ servers, identity, echo: true })
    await node.ready()
    const elapsedMs = performance.now() - startedAt
    return { type: 'started', id: node.id, address: await node.address(), elapsedMs }
  }
  if (request.type === 'dial') return { type: 'dialled', elapsedMs: await dial(new URL(request.url)) }
  if (node === undefined) throw new Error('no node was started')
  const pipe = await node.connect(request.target, { strategies: [request.strategy] })
  const { elapsedMs } = pipe.connection
  await pipe.close()
  return { type: 'connected', elapsedMs }
}

/** Times a TCP handshake alone, which is R_d here. */
async function dial({ hostname, port }: URL): Promise<number> {
  const startedAt = performance.now()
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const elapsedMs = performance.now() - startedAt
  socket.destroy()
  return elapsedMs
}

process.on('message', (request: Request) => {
  perform(request).then(say, (error: Error) => say({ type: 'failed', reason: error.message }))
})
process.on('disconnect', () => process.exit())
say({ type: 'loaded' })
