import { expect, test } from '@jest/globals'
import { reportByHand, untestedReport } from '@p2pd/nat'
import { NatVerdicts } from './nat-verdicts.ts'

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
  expect(untested.assumed).toBeUndefined()
  verdicts.judged(base, 'udp', udp)
  const assumed = verdicts.tcp(base)
  expect(assumed).toMatchObject({ type: 'restricted', delta: { type: 'equal' }, confidence: 0 })
  expect(assumed).not.toHaveProperty('mappingLifetimeMs')
  expect(assumed?.assumed).toBe(true)
  verdicts.clear()
  expect(verdicts.tcp(base)).toBeUndefined()
})

test.each([reportByHand({ type: 'blocked' }), untestedReport()])(
  'nothing is taken over from a report over UDP that knows nothing',
  (unknown) => {
    const verdicts = new NatVerdicts()
    verdicts.judged(base, 'udp', unknown)
    expect(verdicts.judged(base, 'tcp', untestedReport()).assumed).toBeUndefined()
  },
)

test('a report that a person has set stands', () => {
  const verdicts = new NatVerdicts()
  verdicts.reachedFrom(base.ip)
  const byHand = reportByHand({ type: 'blocked' })
  expect(verdicts.judged(base, 'tcp', byHand)).toBe(byHand)
})

test('a change of the network makes forget from where servers were reached: a new firewall may be before the same address', () => {
  const verdicts = new NatVerdicts()
  verdicts.reachedFrom(base.ip)
  verdicts.clear()
  expect(verdicts.judged(base, 'tcp', silence)).toBe(silence)
})
