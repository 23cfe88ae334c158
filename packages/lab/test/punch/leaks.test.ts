import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { type PresetName, presets, VirtualInternet } from '@p2pd/lab'
import { runPunch } from '../../src/punching/run-punch.ts'
import { reportOf } from '../../src/punching/nat-report.ts'
import { CountingClock } from '../hosts/counting-clock.ts'
import { CountingNetwork } from '../hosts/counting-network.ts'
import { heapBytes } from '../hosts/heap.ts'

const AT_ONCE = 20
const ROUNDS = 5
const link = { delayMs: 10, jitterMs: 5, loss: 0.005 }

const pair = (protocol: 'udp' | 'tcp', a: PresetName, b: PresetName, technique: string) =>
  [protocol, a, b, technique] as const

test.each([
  pair('udp', 'home', 'home', 'known-mappings'),
  pair('udp', 'symmetric-random', 'restricted-equal', 'open-then-listen'),
  pair('udp', 'symmetric-independent', 'symmetric-equal', 'window'),
  pair('tcp', 'home', 'home', 'known-mappings'),
  pair('tcp', 'restricted-equal', 'symmetric-random', 'open-then-listen'),
  pair('tcp', 'symmetric-dependent', 'home', 'window'),
])(
  `A8: %s, %s and %s, %s: ${AT_ONCE * ROUNDS} punches, ${AT_ONCE} at once, leave no socket and no timer`,
  async (protocol, a, b, technique) => {
    let connected = 0
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { outcomes, open, timers } = await round(protocol, a, b, seed)
      expect({ seed, open, timers }).toEqual({ seed, open: 0, timers: 0 })
      connected += outcomes.filter((outcome) => outcome === `${technique} connected`).length
    }
    // Some SYNs are lost.
    expect(connected).toBeGreaterThanOrEqual(AT_ONCE * ROUNDS * 0.95)
  },
)

/** Compiled code comes and goes by half a megabyte. A socket or a stream that stays costs several thousand bytes. */
const MOST_BYTES_OF_PUNCH = 2500
const MANY = 600

test.each([
  ['udp', 'home', 'home'],
  ['tcp', 'home', 'home'],
  ['tcp', 'restricted-equal', 'symmetric-random'],
] as const)(`A8: %s, %s and %s: ${MANY} punches leave no memory`, async (protocol, a, b) => {
  // The first ones load what stays, and the compiler is at work in them.
  for (let seed = 1; seed <= 15; seed++) await round(protocol, a, b, seed)
  const before = await heapBytes()
  for (let seed = 1; seed <= MANY / AT_ONCE; seed++) await round(protocol, a, b, seed)
  expect(((await heapBytes()) - before) / MANY).toBeLessThan(MOST_BYTES_OF_PUNCH)
})

/** Runs many pairs at once, each with its own hosts. */
async function round(protocol: 'udp' | 'tcp', a: PresetName, b: PresetName, seed: number) {
  const net = new VirtualInternet({ seed })
  const counting = new CountingNetwork(() => net.clock.now())
  const clock = new CountingClock(net.clock)
  const server = net.host({ name: 'server' })
  return net.run(async () => {
    const { network } = server
    const stun = await startStunServer({ hosts: server.addresses, port: 3478, network, clock: net.clock })
    const callSide = (name: PresetName) => {
      const host = net.host({ nat: presets[name], link })
      const nat = reportOf(presets[name], protocol, host.box?.external ?? host.addresses)
      const ports = { clock, ip: host.ip, network: counting.wrap(host.network), random: host.random }
      return { nat, host: { ...ports, server: { ip: server.ip, port: stun.port } } }
    }
    const context = { clock: net.clock, random: server.random }
    const calls = Array.from({ length: AT_ONCE }, () => ({
      protocol,
      caller: callSide(a),
      peer: callSide(b),
    }))
    const results = await Promise.all(calls.map((call) => runPunch(context, call)))
    await stun.close()
    // Streams report their end after a moment.
    await new Promise<void>((resolve) => void net.clock.at(net.clock.now() + 1, resolve))
    const outcomes = results.map((result) => `${result.technique} ${result.outcome}`)
    return { outcomes, open: counting.open, timers: clock.waiting }
  })
}
