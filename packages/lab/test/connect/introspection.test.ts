import { expect, test } from '@jest/globals'
import { presets, type VirtualInternet } from '@p2pd/lab'
import { pairOf, withNodes } from './testbed.ts'

const link = { delayMs: 12.5 }

const hosts = (net: VirtualInternet) => [
  net.host({ nat: presets['symmetric-random'], link }),
  net.host({ nat: presets['full-cone-equal'], link }),
]

test('a node tells its open pipes, what is known of its NATs, and the candidates that its offers carry', () =>
  withNodes({ hosts, stun: 'IPv4' }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    expect(alice.pipes()).toEqual([])
    const nats = alice.natReports()
    expect(nats.map(({ family, protocol, report }) => [family, protocol, report.type])).toEqual([
      ['IPv4', 'udp', 'symmetric'],
      ['IPv4', 'tcp', 'symmetric'],
    ])
    const kinds = bob.candidates().map(({ kind }) => kind)
    expect(new Set(kinds)).toEqual(new Set(['host', 'server-reflexive']))

    const incoming = new Promise((resolve) => bob.onPipe(resolve))
    const pipe = await alice.connect(bob.id)
    expect(alice.pipes()[0]).toBe(pipe)
    const its = await incoming
    expect(bob.pipes()[0]).toBe(its)
    await pipe.close()
    expect(alice.pipes()).toEqual([])
  }))
