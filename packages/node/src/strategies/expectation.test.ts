import { expect, test } from '@jest/globals'
import { reportByHand } from '@p2pd/nat'
import { prioritized } from '../candidates/candidate.ts'
import { sidesOf } from '../services/situation.ts'
import type { NodeRecord } from '../signalling/record.ts'
import { expectations, expectedStrategy } from './expectation.ts'

type Type = Parameters<typeof reportByHand>[0]['type']

function at(
  ip: string,
  type: Type,
  externalAddresses: readonly string[] = [`203.0.113.${ip.at(-1)}`],
): NodeRecord {
  const report = reportByHand({ type, externalAddresses })
  const nats = (['udp', 'tcp'] as const).map((protocol) => ({ family: 'IPv4', protocol, report }) as const)
  return { candidates: prioritized([{ kind: 'host', ip, port: 1 }]), sides: sidesOf(nats) }
}

const home = at('10.0.0.1', 'port-restricted')

test('H5: a relay is to be expected where a TURN server answers, and is the last choice', () => {
  const chancesWith = (...servers: boolean[]) =>
    expectations(
      home,
      home,
      servers.map((ok, index) => ({ server: `turn:${index}`, ok })),
    ).at(-1)
  expect(chancesWith()).toMatchObject({ strategy: 'relay', expected: 0 })
  expect(chancesWith(false)).toMatchObject({ expected: 0, reason: expect.stringContaining('answers') })
  expect(chancesWith(false, true)).toEqual({
    strategy: 'relay',
    expected: 0.99,
    reason: 'when nothing else connects: turn:1 answers',
  })
  expect(expectedStrategy(expectations(home, home, [{ server: 'turn:0', ok: true }]))).toBe('direct')
})

test.each<[string, NodeRecord, NodeRecord, string]>([
  ['one host', home, home, 'direct'],
  ['one host behind a firewall', at('192.0.2.2', 'udp-firewall'), at('192.0.2.2', 'udp-firewall'), 'direct'],
  ['one home', home, at('10.0.0.2', 'port-restricted', ['203.0.113.1']), 'direct'],
  ['an open peer', home, at('192.0.2.2', 'open'), 'direct'],
  ['an open caller', at('192.0.2.2', 'open'), home, 'reverse'],
  ['two homes with one private address', home, at('10.0.0.1', 'restricted', ['203.0.113.9']), 'tcp-punch'],
  ['two homes', home, at('10.0.0.3', 'port-restricted'), 'tcp-punch'],
  ['two random carriers', at('10.0.0.1', 'symmetric'), at('10.0.0.3', 'symmetric'), 'relay'],
  ['nothing known', { candidates: [], sides: [] }, { candidates: [], sides: [] }, 'relay'],
])('H5: between %s', (_, own, peer, strategy) => {
  const chances = expectations(own, peer)
  expect(expectedStrategy(chances)).toBe(strategy)
  for (const { reason } of chances) expect(reason).not.toBe('')
})
