import { expect, test } from '@jest/globals'
import { type Netcheck, reportByHand, untestedReport } from '@p2pd/nat'
import { findingsOf } from './finding.ts'

const empty: Netcheck = { interfaces: [], stun: [], mqtt: [], turn: [], portmap: [], elapsedMs: 1 }
const facts = { now: Date.UTC(2026, 10, 27), portmapReason: 'no gateway answered', names: [] }
const untested = { ...untestedReport(), evidence: ['not tested: no default route leads through the NIC'] }
const of = (checked: Partial<Netcheck>, check: string, further: Partial<typeof facts> = {}) =>
  findingsOf({ ...empty, ...checked }, { ...facts, ...further }).find((finding) => finding.check === check)

test('the order is that of causes, and each finding that is not ok has a remedy', () => {
  const mqtt = [{ server: 'mqtt://b', ok: false, reason: 'refused' }]
  const findings = findingsOf({ ...empty, mqtt }, facts)
  expect(findings.map(({ check }) => check)).toEqual([
    'clock',
    'network',
    'DNS',
    'UDP out',
    'TCP out',
    'broker mqtt://b',
    'port mapping',
    'IPv6',
  ])
  for (const { status, remedy } of findings) expect(remedy === undefined).toBe(status === 'ok')
})

test('two hosts of one network without a router are warned, not failed, and no remedy sends them to a router or server', () => {
  const nat = { udp: untested, tcp: untested }
  const route = { family: 'IPv4', nicAddresses: ['198.51.100.2'], externalAddresses: [], nat } as const
  const way = { IPv4: false, IPv6: false }
  const nic = { name: 'eth0', index: 1, up: true, default: way, gateway: {}, routes: [route] }
  const mqtt = [{ server: 'mqtt://198.51.100.1', ok: true }]
  const network = (checked: Partial<Netcheck>) => of(checked, 'network')?.status
  expect(network({ interfaces: [nic], mqtt })).toBe('warn')
  expect(network({ interfaces: [nic] })).toBe('fail')
  expect(network({ mqtt })).toBe('fail')
  const reached = [{ protocol: 'tcp', family: 'IPv4' }] as const
  const refused = [{ server: 'mqtt://198.51.100.1', ok: false, reason: 'connection refused', reached }]
  expect(network({ interfaces: [nic], mqtt: refused })).toBe('warn')
  const broker = of({ interfaces: [nic], mqtt: refused }, 'broker mqtt://198.51.100.1')
  expect(broker).toMatchObject({ status: 'fail', remedy: expect.stringContaining('mend it') })
  const remedy = 'Not needed without a router.'
  expect(of({ interfaces: [nic], mqtt }, 'NAT of 198.51.100.2')).toMatchObject({ status: 'warn', remedy })
  const portmapReason = 'no gateway is known: no network interface here has a default route'
  expect(of({}, 'port mapping', { portmapReason })).toMatchObject({ status: 'warn', remedy })
})

test('UDP is blocked when no server answers over it, and TCP is not when a broker does', () => {
  const stun = [{ server: 'stun:192.0.2.1:3478', ok: false, reason: 'no answer' }]
  const mqtt = [{ server: 'mqtt://b', ok: true, rttMs: 3 }]
  expect(of({ stun, mqtt }, 'UDP out')).toMatchObject({
    status: 'fail',
    evidence: expect.stringContaining('no answer'),
  })
  expect(of({ stun, mqtt }, 'TCP out')).toMatchObject({ status: 'ok', evidence: 'a broker answers' })
  expect(of({}, 'UDP out')).toMatchObject({ status: 'warn', evidence: expect.stringContaining('unknown') })
})

test('without a network neither a firewall nor a server is blamed; an answer shows that there is one', () => {
  const stun = [{ server: 'stun:192.0.2.1:3478', ok: false, reason: 'no answer' }]
  const mqtt = [{ server: 'mqtt://b', ok: false, reason: 'network unreachable' }]
  const remedy = 'Mend the network first, see above.'
  expect(of({ stun, mqtt }, 'UDP out')).toMatchObject({ status: 'fail', remedy })
  expect(of({ stun, mqtt }, 'broker mqtt://b')).toMatchObject({ status: 'fail', remedy })
  const near = [{ server: 'mqtt://b', ok: true, rttMs: 3 }]
  expect(of({ stun, mqtt: near }, 'UDP out')?.remedy).toContain('firewall')
})

test('a clock that is far off, and a resolver that fails', () => {
  expect(of({}, 'clock', { now: 0 })).toMatchObject({ status: 'fail', evidence: '1970-01-01T00:00:00.000Z' })
  const names = [{ name: 'a.example', reason: 'ENOTFOUND' }, { name: 'b.example' }]
  expect(of({}, 'DNS', { names } as object)).toMatchObject({
    status: 'warn',
    evidence: 'a.example: ENOTFOUND',
  })
})

test('I1: fault 11: a server that is reached over UDP, and one over TCP, show that neither is blocked', () => {
  const stun = ['', '?transport=tcp'].map((end) => ({ server: `stun:192.0.2.1:3478${end}`, ok: false }))
  const udp = { server: 'turn:a', ok: false, reached: [{ protocol: 'udp', family: 'IPv4' }] } as const
  const tcp = { server: 'mqtt://b', ok: false, reached: [{ protocol: 'tcp', family: 'IPv4' }] } as const
  expect(of({ stun, turn: [udp] }, 'UDP out')).toMatchObject({ status: 'ok', evidence: 'turn:a is reached' })
  expect(of({ stun, turn: [udp] }, 'TCP out')?.status).toBe('fail')
  expect(of({ stun, mqtt: [tcp] }, 'TCP out')).toMatchObject({
    status: 'ok',
    evidence: 'mqtt://b is reached',
  })
})

test('a broker at a web port does not show that TCP gets out to the ports of peers', () => {
  const stun = [{ server: 'stun:192.0.2.1:3478?transport=tcp', ok: false }]
  const way = { protocol: 'tcp', family: 'IPv4' } as const
  const web = { server: 'wss://b', ok: true, reached: [{ ...way, webOnly: true }] }
  expect(of({ stun, mqtt: [web] }, 'TCP out')).toMatchObject({
    status: 'warn',
    evidence: 'wss://b is reached at a web port, and no other port is known to be open',
  })
  const other = { server: 'mqtt://c', ok: true, reached: [way] }
  expect(of({ stun, mqtt: [web, other] }, 'TCP out')?.status).toBe('ok')
})

test('I1: fault 11: a NAT that was tested over UDP only is not described by assumptions over TCP', () => {
  const tested = reportByHand({ type: 'restricted', delta: { type: 'equal', value: 0 } })
  const nat = { udp: tested, tcp: { ...untestedReport(), evidence: ['not tested: no STUN over TCP there'] } }
  const route = { family: 'IPv4', nicAddresses: ['192.168.1.2'], externalAddresses: [], nat } as const
  const nic = {
    name: 'eth0',
    index: 1,
    up: true,
    default: { IPv4: true, IPv6: false },
    gateway: {},
    routes: [route],
  }
  expect(of({ interfaces: [nic] }, 'NAT of 192.168.1.2')).toMatchObject({
    status: 'ok',
    evidence:
      'UDP restricted cone, external ports the same as inside; TCP unknown (not tested: no STUN over TCP there); hairpin no',
  })
})
