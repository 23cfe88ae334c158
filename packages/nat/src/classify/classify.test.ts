import { expect, test } from '@jest/globals'
import type { NatType } from '../report/behaviour.ts'
import type { ProbeState } from '../discovery/observation.ts'
import { type Made, observe, other, seen } from '../testdata/observe.ts'
import { classify } from './classify.ts'

/** A first answer, the filtering tests from the same port, and three destinations from another. */
function session(mapped: readonly number[], elsewhere: ProbeState, otherPort: ProbeState): Made[] {
  const filtering = { socket: 0, purpose: 'filtering' } as const
  return [
    { socket: 0, purpose: 'address', ...seen(6999), other },
    { ...filtering, test: 'change-port', state: otherPort },
    { ...filtering, test: 'change-address-and-port', state: elsewhere },
    { socket: 1, ...seen(mapped[0] as number) },
    { socket: 1, to: { ...other, port: 3478 }, ...seen(mapped[1] as number) },
    { socket: 1, to: other, ...seen(mapped[2] as number) },
  ]
}

const same = [7000, 7000, 7000]

test.each<[NatType, string, readonly number[], ProbeState, ProbeState]>([
  ['full-cone', 'endpoint-independent', same, 'answered', 'answered'],
  ['restricted', 'endpoint-independent', same, 'unanswered', 'answered'],
  ['port-restricted', 'endpoint-independent', same, 'unanswered', 'unanswered'],
  ['symmetric', 'address-dependent', [7000, 7001, 7001], 'unanswered', 'unanswered'],
  ['symmetric', 'address-and-port-dependent', [7000, 7001, 7002], 'unanswered', 'unanswered'],
])('%s: %s', (type, mapping, ports, elsewhere, otherPort) => {
  expect(classify(observe(session(ports, elsewhere, otherPort)))).toMatchObject({ type, mapping })
})

test.each<[NatType, ProbeState]>([
  ['open', 'answered'],
  ['udp-firewall', 'unanswered'],
])('%s: nothing translated', (type, elsewhere) => {
  const made = session(same, elsewhere, elsewhere).map((one) => {
    return one.external === undefined
      ? one
      : { ...one, external: { ip: '192.168.1.2', port: 5000 + one.socket } }
  })
  const local = made.map((one) => ({
    ...one,
    to: { ip: one.to?.ip === other.ip ? '10.9.9.2' : '10.9.9.1', port: one.to?.port ?? 3478 },
  }))
  expect(classify(observe(local))).toMatchObject({ type, delta: { type: 'not-applicable' } })
})

test('nobody answers: blocked', () => {
  const report = classify(
    observe([0, 1, 2].map((server) => ({ socket: server, server, state: 'unanswered' as const }))),
  )
  expect(report).toMatchObject({ type: 'blocked', mapping: 'unknown', filtering: 'unknown' })
  expect(report.evidence).toContain('server 203.0.113.5:3478: no answer')
})

test('without an alternate address filtering is unknown, and the report says why', () => {
  const report = classify(observe([0, 1, 2].map((server) => ({ socket: 0, server, ...seen(7000) }))))
  expect(report).toMatchObject({
    type: 'port-restricted',
    mapping: 'endpoint-independent',
    filtering: 'unknown',
  })
  expect(report.evidence.join()).toMatch(/filtering unknown: no server offers an alternate address/)
})

test('silence from an alternate address that is dead proves nothing', () => {
  const made = session(same, 'unanswered', 'unanswered').map((one) =>
    one.to === undefined ? one : { ...one, state: 'unanswered' as const },
  )
  expect(classify(observe([...made, { socket: 1, server: 1, ...seen(7000) }]))).toMatchObject({
    filtering: 'unknown',
  })
})

test('a server that refuses the tests leaves filtering unknown', () => {
  expect(classify(observe(session(same, 'unsupported', 'unsupported')))).toMatchObject({
    filtering: 'unknown',
  })
})

test('several external addresses are a pool', () => {
  const made = session(same, 'answered', 'answered')
  const report = classify(observe([...made, { socket: 2, ...seen(7005, '198.51.100.2') }]))
  expect(report).toMatchObject({ pooledAddresses: true, externalAddresses: ['198.51.100.1', '198.51.100.2'] })
})

test('reports survive JSON, and observations give the same report again', () => {
  const observations = observe(session(same, 'answered', 'answered'))
  const report = classify(observations)
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  expect(classify(JSON.parse(JSON.stringify(observations)))).toEqual(report)
})

test('I1: fault 11: servers that refuse TCP say nothing of the network: not tested, and not blocked', () => {
  const refused = { state: 'unanswered', isRefused: true, anomalies: ['connection refused'] } as const
  const silent = { socket: 1, server: 1, state: 'unanswered', purpose: 'address' } as const
  const report = classify(observe([{ socket: 0, purpose: 'address', ...refused }, silent]))
  expect(report).toMatchObject({ type: 'port-restricted', confidence: 0 })
  expect(report.evidence[0]).toBe('not tested: no STUN over TCP there')
  expect(classify(observe([{ ...silent, socket: 0, server: 0 }, silent])).type).toBe('blocked')
})

test.each<[string, Partial<Made>]>([
  ['accepts the connection and stays silent', { passedAt: 50 }],
  ['answers with an error', { state: 'unsupported', anomalies: ['error 401'] }],
  ['answers with nonsense', { anomalies: ['answer with a wrong transaction id'] }],
])('I1: fault 11: a server that %s shows that packets pass: not tested, and not blocked', (_, reached) => {
  const silent = { state: 'unanswered', purpose: 'address' } as const
  const report = classify(
    observe([
      { socket: 0, ...silent, ...reached },
      { socket: 1, server: 1, ...silent },
    ]),
  )
  expect(report).toMatchObject({ type: 'port-restricted', confidence: 0 })
  expect(report.evidence[0]).toMatch(/^not tested: packets pass/)
})

test('I1: fault 10: the fewer servers stay silent, the less certain is `blocked`', () => {
  const confidences = [1, 2, 3, 5].map((count) => {
    const silent = Array.from({ length: count }, (_, socket) => {
      const to = { ip: `203.0.113.${socket + 1}`, port: 3478 }
      return { socket, to, state: 'unanswered' as const }
    })
    return classify(observe(silent)).confidence
  })
  expect(confidences).toEqual([0.5, 0.75, 0.875, 0.9])
})
