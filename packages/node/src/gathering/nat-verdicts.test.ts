import { expect, test } from '@jest/globals'
import { NatError, reportByHand, untestedReport } from '@p2pd/nat'
import { isAssumed, NatVerdicts, untranslated } from './nat-verdicts.ts'

const base = { ip: '192.168.1.2' }
const silence = { ...reportByHand({ type: 'blocked' }), confidence: 0.9, evidence: ['no server answered'] }
const udp = reportByHand({
  type: 'restricted',
  delta: { type: 'equal', value: 0 },
  mappingLifetimeMs: 30_000,
})

test('I1: fault 10: silence counts as `blocked` until a server is reached over TCP from the same address', () => {
  const verdicts = new NatVerdicts()
  expect(verdicts.judged(base, 'tcp', silence)).toBe(silence)
  verdicts.reachedFrom('192.168.7.7')
  expect(verdicts.tcp(base)?.type).toBe('blocked')
  verdicts.reachedFrom(base.ip)
  expect(verdicts.tcp(base)).toMatchObject({ type: 'port-restricted', confidence: 0 })
  expect(verdicts.tcp(base)?.evidence).toContain('no server answered')
})

test('an untested NAT is taken to be as over UDP, once that is known, and says so', () => {
  const verdicts = new NatVerdicts()
  const untested = verdicts.judged(base, 'tcp', untestedReport())
  expect(isAssumed(untested)).toBe(false)
  verdicts.judged(base, 'udp', udp)
  const assumed = verdicts.tcp(base)
  expect(assumed).toMatchObject({ type: 'restricted', delta: { type: 'equal' }, confidence: 0 })
  expect(assumed).not.toHaveProperty('mappingLifetimeMs')
  expect(assumed && isAssumed(assumed)).toBe(true)
  verdicts.clear()
  expect(verdicts.tcp(base)).toBeUndefined()
})

test.each([reportByHand({ type: 'blocked' }), untestedReport()])(
  'nothing is taken over from a report over UDP that knows nothing',
  (unknown) => {
    const verdicts = new NatVerdicts()
    verdicts.judged(base, 'udp', unknown)
    expect(isAssumed(verdicts.judged(base, 'tcp', untestedReport()))).toBe(false)
  },
)

test('a report that a person has set stands', () => {
  const verdicts = new NatVerdicts()
  verdicts.reachedFrom(base.ip)
  const byHand = reportByHand({ type: 'blocked' })
  expect(verdicts.judged(base, 'tcp', byHand)).toBe(byHand)
})

const noServer = new NatError('NAT_NO_SERVER', 'none of 2 STUN servers has an address for IPv6 over udp')

test('a global IPv6 address that no STUN server can see is taken for one behind a firewall', () => {
  const report = untranslated({ family: 'IPv6', ip: '2a00:5::2' }, noServer)
  expect(report).toMatchObject({
    type: 'udp-firewall',
    confidence: 0,
    externalAddresses: ['2a00:5::2'],
  })
  expect(isAssumed(report)).toBe(true)
})

test.each([
  ['an IPv4 address', { family: 'IPv4', ip: '203.0.113.1' }, noServer],
  ['a unique local address', { family: 'IPv6', ip: 'fd00::2' }, noServer],
  [
    'a server that does not answer',
    { family: 'IPv6', ip: '2a00:5::2' },
    new NatError('NAT_NO_ANSWER', 'none'),
  ],
] as const)('nothing is assumed of %s', (_, base, failure) => {
  expect(() => untranslated(base, failure)).toThrow(failure)
})
