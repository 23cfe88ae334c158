import { expect, test } from '@jest/globals'
import { presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import { beginFlow, expectFlows, type PeerPipe, type SendDatagram } from '@p2pd/node'
import { far, type Line, R_D, type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { virtualTurn } from '../hosts/virtual-turn.ts'
import { connect } from '../relay/with-relay.ts'

const EVERY_MS = 10

/** A flow from the first node to the second one, and the times of each datagram by its number. */
class NumberedFlow {
  readonly sent: number[] = []
  readonly arrived: number[] = []
  /** Numbers in the order of their arrival. */
  readonly order: number[] = []
  /** Lengths in the order of arrival. */
  readonly lengths: number[] = []
  readonly #testbed: Testbed
  readonly #send: SendDatagram

  constructor(testbed: Testbed, [near, distant]: readonly [PeerPipe, PeerPipe]) {
    this.#testbed = testbed
    expectFlows(distant.datagrams)
    distant.onStream((stream) => {
      beginFlow(stream, distant.datagrams, (data) => {
        const number = Buffer.from(data).readUInt32BE()
        this.arrived[number] = testbed.net.clock.now()
        this.order.push(number)
        this.lengths.push(data.length)
      })
    })
    this.#send = beginFlow(near.openStream(), near.datagrams, () => {})
  }

  /** Sends so many datagrams, one every 10 ms. */
  async send(count: number, length = 4): Promise<void> {
    for (let i = 0; i < count; i++) {
      const data = Buffer.alloc(length)
      data.writeUInt32BE(this.sent.length)
      this.sent.push(this.#testbed.net.clock.now())
      this.#send(data)
      await wait(this.#testbed.net.clock, EVERY_MS)
    }
  }

  /** How long each datagram that arrived was on its way. */
  get delays(): number[] {
    return this.order.map((number) => Math.round((this.arrived[number] ?? 0) - (this.sent[number] ?? 0)))
  }
}

const nat = presets.home

/** Two nodes behind two NATs, and a pipe by one strategy over lines that lose packets. */
const over = (
  strategy: 'tcp-punch' | 'udp-punch',
  line: Line,
  play: (flow: NumberedFlow, testbed: Testbed) => Promise<void>,
) =>
  withNodes(
    { hosts: [far({ nat }, line), far({ nat }, line)], stun: 'IPv4', echo: false },
    async (testbed) => {
      const pipes = await connect(testbed, { strategies: [strategy] })
      await play(new NumberedFlow(testbed, pipes), testbed)
    },
  )

test('H2: over UDP a lost datagram delays no other one, and the first ones overtake the opening of their flow', () =>
  over('udp-punch', { loss: 0.1 }, async (flow, { net }) => {
    await flow.send(300)
    await wait(net.clock, 10 * R_D)
    expect(flow.order.length).toBeLessThan(285)
    expect(flow.order.length).toBeGreaterThan(240)
    // The first ones wait for the stream at the peer; all others take the time of the line.
    expect(new Set(flow.delays.slice(50))).toEqual(new Set([R_D / 2]))
  }))

test('H2: over TCP datagrams are framed: none is lost, and a lost packet delays those behind it', () =>
  over('tcp-punch', { loss: 0.1 }, async (flow, { net }) => {
    await flow.send(300)
    await wait(net.clock, 100 * R_D)
    expect(flow.order).toEqual(flow.sent.map((_, number) => number))
    expect(Math.max(...flow.delays)).toBeGreaterThan(R_D)
  }))

test('H2: a datagram that no path carries whole travels in the stream of its flow', () =>
  over('udp-punch', {}, async (flow, { net }) => {
    for (const length of [1169, 1170, 9000, 65_507]) await flow.send(1, length)
    await wait(net.clock, 10 * R_D)
    expect(flow.lengths.toSorted((a, b) => a - b)).toEqual([1169, 1170, 9000, 65_507])
  }))

/** Alice behind a NAT with random ports; Bob behind one, too, with an open line that is not plugged in yet. */
function twoLines(net: VirtualInternet): readonly VirtualHost[] {
  const random = presets['symmetric-random']
  const { link = {} } = far({ nat: random })
  const alice = net.host({ name: 'alice', nat: random, link })
  const bob = net.host({
    name: 'bob',
    behind: [net.box(random, { link }), net.box({ kind: 'open' }, { link })],
  })
  bob.setNic('eth1', 'down')
  return [alice, bob]
}

test('H2: a flow on a TCP relay goes on when the pipe moves to a direct path: each datagram arrives once', () => {
  const turn = async (net: VirtualInternet) => {
    const { servers } = await virtualTurn(net)
    return (host: number) => (host === 0 ? servers('tcp') : [])
  }
  return withNodes({ hosts: twoLines, turn, stun: 'IPv4', echo: false }, async (testbed) => {
    const pipes = await connect(testbed)
    expect(pipes[0].connection.strategy).toBe('relay')
    const flow = new NumberedFlow(testbed, pipes)
    await flow.send(50)
    testbed.hosts[1]?.setNic('eth1', 'up')
    while (pipes[0].connection.strategy === 'relay') await flow.send(10)
    await flow.send(50)
    await wait(testbed.net.clock, 4 * R_D)
    expect(flow.order.toSorted((a, b) => a - b)).toEqual(flow.sent.map((_, number) => number))
  })
})
