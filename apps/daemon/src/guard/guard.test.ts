import { expect, test } from '@jest/globals'
import { type GuardRules, refusalOf } from './guard.ts'

const rules: GuardRules = {
  allowedHosts: ['p2pd.example'],
  needsToken: false,
  isToken: (token) => token === 'secret',
}
const program = { host: '127.0.0.1:12333', origin: undefined, fetchSite: undefined, token: undefined }
const status = (request: Partial<Parameters<typeof refusalOf>[0]>, changed: Partial<GuardRules> = {}) =>
  refusalOf({ ...program, ...request }, { ...rules, ...changed })?.status

test('D3: programs pass, by loopback names and by allowed ones', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    'localhost.:80',
    '127.9.9.9:12333',
    '[::1]:12333',
    'p2pd.example:1',
  ])
    expect(status({ host })).toBeUndefined()
})

test('D3: a rebound name, a malformed one or none is refused', () => {
  const hosts = [
    'evil.example',
    '192.168.1.1:12333',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '127.1',
    '0x7f000001',
    '0.0.0.0:12333',
    '',
  ]
  for (const host of [
    ...hosts,
    'localhost@evil.example',
    'a b',
    '[::2]',
    'evil.example#localhost',
    undefined,
  ])
    expect(status({ host })).toBe(403)
})

test('D3: pages of other sites are refused, whatever else they bring', () => {
  for (const fetchSite of ['cross-site', 'same-site', 'same-origin, cross-site', '', 'none2'])
    expect(status({ fetchSite, token: 'secret' })).toBe(403)
  expect(status({ origin: 'null', token: 'secret' })).toBe(403)
})

test('D3: a foreign origin, and one of another port, need the token', () => {
  for (const origin of [
    'http://evil.example',
    'http://127.0.0.1:3000',
    'http://localhost:12333',
    'https://127.0.0.1:12333',
  ]) {
    expect(status({ origin })).toBe(401)
    expect(status({ origin, token: 'wrong' })).toBe(401)
    expect(status({ origin, token: 'secret' })).toBeUndefined()
  }
})

test('D3: the own page passes, and typed addresses', () => {
  expect(status({ origin: 'http://127.0.0.1:12333', fetchSite: 'same-origin' })).toBeUndefined()
  expect(status({ fetchSite: 'none' })).toBeUndefined()
})

test('D3: where the token is needed nothing passes without it', () => {
  const needsToken = true
  expect(status({}, { needsToken })).toBe(401)
  expect(status({ token: 'wrong' }, { needsToken })).toBe(401)
  expect(status({ token: 'secret' }, { needsToken })).toBeUndefined()
  expect(status({ token: 'secret', host: 'evil.example' }, { needsToken })).toBe(403)
})
