import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Node } from '../../node.ts'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import { Stage } from '../../testdata/nodes.ts'
import { type Endpoint, parseEndpoint, parseRemoteService, parseServed } from './endpoint.ts'
import { endWithPeer, PeerLink } from './peer-link.ts'
import { peerListens, ReverseListener } from './reverse.ts'
import { serveEndpoints, servePipe } from './serve-endpoints.ts'

const { service } = parseRemoteService('x:web', 'tcp', true)

/** A port of this host that somebody listens at, and answers with a word. */
async function portOf(stage: Stage, word: string): Promise<number> {
  const server = createServer((socket) => socket.end(word))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stage.endWith(async () => void server.close())
  return (server.address() as { port: number }).port
}

/** A node that listens for its callers, and the reasons of its refusals. */
async function served(stage: Stage, what: string) {
  const callee = await stage.node([], { admit: () => true })
  const refusals: string[] = []
  serveEndpoints(callee, [parseServed(what)], { onRefused: (_, reason) => refusals.push(reason) })
  return { address: await callee.address(), refusals }
}

/** One `forward -R`: its link, where the peer listens, and how often the pipe was lost. */
function forwarding(stage: Stage, node: Node, target: string, to: Endpoint) {
  const lost: string[] = []
  let remote = ''
  let pipes = 0
  const prepare = async (pipe: PeerPipe) => {
    servePipe(pipe, to)
    remote = await peerListens(pipe)
  }
  const onPipe = () => void pipes++
  const onLost = (reason: string) => void lost.push(reason)
  const link = new PeerLink({ node, target, service, prepare, onPipe, onLost })
  stage.endWith(() => link.close())
  const ask = () => text(connect(Number(remote.split(':')[1]), '127.0.0.1'))
  return { link, lost, ask, pipes: () => pipes }
}

test('H2: a peer listens at what is served in reverse, for one caller at a time', () =>
  Stage.run(async (stage) => {
    const to = parseEndpoint(`${await portOf(stage, 'from the caller')}`)
    const [caller, other] = [await stage.node([]), await stage.node([])]
    const { address, refusals } = await served(stage, 'web=reverse:0')
    const first = forwarding(stage, caller, address, to)
    await first.link.open()
    expect(await first.ask()).toBe('from the caller')
    const foreign = forwarding(stage, other, address, to)
    await expect(foreign.link.open()).rejects.toThrow('another peer has it')
    // A second program of the same peer does not take the place of one that answers.
    const second = forwarding(stage, caller, address, to)
    await expect(second.link.open()).rejects.toMatchObject({
      code: 'NODE_SERVICE',
      message: 'the peer does not listen at "reverse:web": another `forward -R` of this peer has it',
    })
    expect(await first.ask()).toBe('from the caller')
    expect([first, foreign, second].map(({ lost, pipes }) => [lost, pipes()])).toEqual([
      [[], 1],
      [[], 0],
      [[], 0],
    ])
    expect(refusals).toEqual(['another peer has it', 'another `forward -R` of this peer has it'])
    await expect(caller.connect(address, { service: 'web' })).rejects.toMatchObject({ code: 'NODE_SERVICE' })
    await first.link.close()
    await second.link.open()
    expect(await second.ask()).toBe('from the caller')
  }))

test('H2: a caller that answers no more loses its place to the next one of its peer', () =>
  Stage.run(async (stage) => {
    const to = parseEndpoint(`${await portOf(stage, 'from the caller')}`)
    const caller = await stage.node([])
    const callee = await stage.node([], { admit: () => true })
    const clock = new ManualClock()
    const listener = new ReverseListener(parseEndpoint('0'), clock)
    callee.serve(service, async (pipe) => {
      endWithPeer(pipe)
      await listener.take(pipe)
    })
    const address = await callee.address()
    // It answers no question, as if it were gone without a word.
    const mute = await caller.connect(address, { service })
    const lines = createInterface(mute.stream)[Symbol.asyncIterator]()
    expect((await lines.next()).value).toMatch(/listening/)
    const next = forwarding(stage, caller, address, to)
    const opening = next.link.open()
    expect((await lines.next()).value).toMatch(/ping/)
    await clock.advance(3000)
    await opening
    expect(await next.ask()).toBe('from the caller')
  }))

test('H2: a port that is taken is the reason at both ends, and nothing else is reported', () =>
  Stage.run(async (stage) => {
    const port = await portOf(stage, 'not the caller')
    const caller = await stage.node([])
    const { address, refusals } = await served(stage, `web=reverse:${port}`)
    const refused = forwarding(stage, caller, address, parseEndpoint('1'))
    const reason = `another program listens at 127.0.0.1:${port}`
    await expect(refused.link.open()).rejects.toThrow(reason)
    expect([refused.lost, refused.pipes(), refusals]).toEqual([[], 0, [reason]])
  }))
