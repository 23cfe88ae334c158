import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { planAddresses } from './address-plan.ts'
import { LabError } from './lab-error.ts'
import { checkScenario, parseScenario } from './parse-scenario.ts'
import type { Scenario } from './scenario.ts'

const scenario: Scenario = {
  seed: 7,
  hosts: [
    { name: 'stun', addresses: 2, families: ['IPv4', 'IPv6'] },
    { name: 'alice', behind: 'home', link: { delayMs: 2, loss: 0.01 } },
    { name: 'bob', behind: ['wall', 'internet'] },
  ],
  boxes: [
    { name: 'home', preset: 'home', behind: 'carrier', settings: { unsolicited: { tcp: 'rst' } } },
    { name: 'carrier', preset: 'carrier' },
    { name: 'wall', settings: { kind: 'firewall' }, link: { bitsPerSecond: 1e6 } },
  ],
  names: { 'stun.example': ['stun'], 'other.example': ['192.0.2.1'] },
  turn: [{ host: 'stun', port: 443, quota: 2, udp: 'blocked', diesAtMs: 1000, returnsAtMs: 2000 }],
  programs: [{ host: 'alice', command: ['ping', '-c1', 'stun.example'] }],
}

test('a scenario survives JSON', () => {
  expect(parseScenario(JSON.stringify(scenario))).toEqual(scenario)
})

const host = { name: 'a' }
test.each<[string, unknown]>([
  ['must be an object, not 5', 5],
  ['needs hosts', {}],
  ['hosts: must be a list of 1 or more, not []', { hosts: [] }],
  ['hosts[0]: needs name', { hosts: [{}] }],
  ['hosts[0].name: letters', { hosts: [{ name: 'a b' }] }],
  ['hosts[0].nat: unknown; there are name, behind', { hosts: [{ ...host, nat: 'home' }] }],
  ['hosts[0].behind: there is no box "home"', { hosts: [{ ...host, behind: 'home' }] }],
  ['hosts[0].link.loss: must be a number from 0 to 1, not 2', { hosts: [{ ...host, link: { loss: 2 } }] }],
  [
    'hosts[0].families[0]: must be one of IPv4, IPv6, not "IPv5"',
    { hosts: [{ ...host, families: ['IPv5'] }] },
  ],
  ['hosts[1].name: "a" is taken', { hosts: [host, host] }],
  ['hosts[0].name: "internet" is taken', { hosts: [{ name: 'internet' }] }],
  ['boxes[0].preset: must be one of open-equal', { hosts: [host], boxes: [{ name: 'b', preset: 'hmoe' }] }],
  ['boxes[0]: box b: needs a preset, a kind', { hosts: [host], boxes: [{ name: 'b' }] }],
  [
    'boxes[0]: not an IPv4 subnet',
    { hosts: [host], boxes: [{ name: 'b', preset: 'home', subnet: '10.0.0.1/24' }] },
  ],
  [
    'boxes[0].settings.ports.range: must be first and last port',
    { hosts: [host], boxes: [{ name: 'b', preset: 'home', settings: { ports: { range: [9, 3] } } }] },
  ],
  [
    'boxes[0].behind: "b" is behind itself',
    {
      hosts: [host],
      boxes: [
        { name: 'b', preset: 'home', behind: 'c' },
        { name: 'c', preset: 'home', behind: 'b' },
      ],
    },
  ],
  ['names.x: "nobody" is neither a host nor an address', { hosts: [host], names: { x: ['nobody'] } }],
  ['turn[0].host: there is no host "z"', { hosts: [host], turn: [{ host: 'z' }] }],
  [
    'turn[0].udp: must be one of open, blocked, not false',
    { hosts: [host], turn: [{ host: 'a', udp: false }] },
  ],
  [
    'turn[0].returnsAtMs: must be later than diesAtMs',
    { hosts: [host], turn: [{ host: 'a', diesAtMs: 9, returnsAtMs: 9 }] },
  ],
  ['programs[0].host: there is no host "z"', { hosts: [host], programs: [{ host: 'z', command: ['true'] }] }],
])('%s', (message, value) => {
  expect(() => checkScenario(value)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message) }),
  )
  expect(() => checkScenario(value)).toThrow(LabError)
})

test('text that is not JSON is an error', () => {
  expect(() => parseScenario('{')).toThrow(expect.objectContaining({ code: 'LAB_INVALID_SCENARIO' }))
})

test('any value is a scenario, or a LabError', () => {
  const entry = fc.record(
    { name: fc.string(), behind: fc.anything(), link: fc.anything() },
    { requiredKeys: [] },
  )
  const anyScenario = fc.record(
    { hosts: fc.array(entry), boxes: fc.anything(), names: fc.anything(), programs: fc.anything() },
    { requiredKeys: ['hosts'] },
  )
  const run = fc.property(fc.oneof(fc.anything(), anyScenario), (value) => {
    let error: unknown
    try {
      checkScenario(value)
    } catch (caught) {
      error = caught
    }
    expect(error === undefined || error instanceof LabError).toBe(true)
  })
  fc.assert(run, { numRuns: 2000 })
})

test('addresses are planned the same way each time, box by box', () => {
  const plan = planAddresses(scenario)
  expect(plan).toEqual(planAddresses(scenario))
  expect(plan.boxes.map(({ name, external }) => [name, external.length])).toEqual([
    ['carrier', 4],
    ['home', 1],
    ['wall', 0],
  ])
  const [stun, alice, bob] = plan.hosts
  expect(stun?.nics[0]?.addresses).toHaveLength(4)
  expect(alice?.nics[0]?.addresses[0]).toMatchObject({
    ip: expect.stringMatching(/^192\.168\./),
    prefixLength: 24,
  })
  expect(plan.boxes[1]?.external[0]).toMatch(/^100\.6[4-9]\./)
  expect(bob?.nics.map((nic) => nic.behind)).toEqual(['wall', 'internet'])
  expect(plan.names['stun.example']).toEqual(plan.names['stun'])
  const all = [...plan.hosts.flatMap(({ nics }) => nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip)))]
  expect(new Set(all).size).toBe(all.length)
})

test('a full subnet is an error', () => {
  const hosts = Array.from({ length: 10 }, (_, i) => ({ name: `h${i}`, behind: 'b' }))
  const small: Scenario = { hosts, boxes: [{ name: 'b', preset: 'home', subnet: '10.0.0.0/29' }] }
  expect(() => planAddresses(small)).toThrow('no address is left in 10.0.0.0/29')
})
