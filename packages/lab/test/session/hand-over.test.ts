import { expect, test } from '@jest/globals'
import type { VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { ByteStream } from '@p2pd/netif'
import type { PeerPipe } from '@p2pd/node'
import { far, pairOf, R_D, wait, withNodes } from '../connect/testbed.ts'

/** The nomination takes half an R_d and the reply the other half; the first message of the caller follows the nomination. */
const MOMENTS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5].map((share) => share * R_D)

/** Two hosts; `connections` are those that each of them has. */
function watched(net: VirtualInternet, connections: Map<string, ByteStream[]>): VirtualHost[] {
  return ['alice', 'bob'].map((name) => {
    const host = net.host({ ...far(), name })
    const own: ByteStream[] = []
    connections.set(name, own)
    const { network } = host
    const dial = network.dial.bind(network)
    network.dial = async (options) => {
      const connection = await dial(options)
      own.push(connection.stream)
      return connection
    }
    const listenTcp = network.listenTcp.bind(network)
    network.listenTcp = async (options) => {
      const listener = await listenTcp(options)
      listener.onConnection(({ stream }) => void own.push(stream))
      return listener
    }
    return host
  })
}

/** Sends a message to a peer that sends it back; resolves with the answer, or with the code of the error. */
async function ask(pipe: PeerPipe): Promise<string> {
  await pipe.send('ECHO answer')
  return pipe.recv({ timeoutMs: 10_000 }).then(
    ({ data }) => new TextDecoder().decode(data),
    ({ code }: { code: string }) => code,
  )
}

// A peer that never had the nomination does not have the session. Only the caller's application knows whether to ask again.
test.each([
  ['alice', Array<string>(7).fill('answer')],
  ['bob', ['PIPE_RESET', 'PIPE_RESET', 'PIPE_RESET', ...Array<string>(4).fill('answer')]],
])(
  'G1: a path that breaks at the end of %s, at any message of the hand-over, is replaced',
  (end, expected) => {
    const connections = new Map<string, ByteStream[]>()
    return withNodes({ hosts: (net) => watched(net, connections), echo: true }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const { clock } = testbed.net
      const answers: string[] = []
      for (const moment of MOMENTS) {
        const pipe = await alice.connect(bob.id, { strategies: ['direct'] })
        const own = connections.get(end) ?? []
        clock.at(clock.now() + moment, () => {
          for (const stream of own.splice(0)) stream.destroy()
        })
        const askedAt = clock.now()
        answers.push(await ask(pipe))
        // A call: an offer or a dial, the handshake, and the nomination.
        expect(clock.now() - askedAt).toBeLessThan(8 * R_D)
        await pipe.close().catch(() => {}) // Its error is the answer.
        await wait(clock, 5000)
        expect([...alice.pipes(), ...bob.pipes()]).toEqual([])
      }
      expect(answers).toEqual(expected)
    })
  },
)

/** Longer than a path with data outstanding may be silent. */
const OUTAGE_MS = 4000

test('G1: a path that falls silent at any message of the hand-over is replaced', () =>
  withNodes({ hosts: [far({ nat: { kind: 'open' } }), far()], echo: true }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const { clock } = testbed.net
    const line = testbed.hosts[0]?.box?.link
    if (line === undefined) throw new Error('no line')
    const answers: string[] = []
    for (const moment of MOMENTS) {
      const pipe = await alice.connect(bob.id, { strategies: ['direct'] })
      for (const [at, up] of [
        [moment, false],
        [moment + OUTAGE_MS, true],
      ] as const) {
        clock.at(clock.now() + at, () => {
          line.up = up
        })
      }
      answers.push(await ask(pipe))
      await pipe.close().catch(() => {})
      await wait(clock, 20_000)
    }
    expect(answers).toEqual(['PIPE_RESET', ...Array<string>(6).fill('answer')])
  }))
