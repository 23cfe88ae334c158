import { expect, test } from '@jest/globals'
import { hop } from '../hop.ts'
import type { NatSettings } from './settings.ts'
import { BoxBench, EXTERNAL, echo, tcp, udp } from './testdata/packets.ts'

const [inside, remote, stranger] = ['10.0.0.2:4000', '9.0.0.1:80', '9.0.0.9:9']
const external = { ip: EXTERNAL, port: 4000 }
const nat = (more: Partial<NatSettings> = {}): NatSettings => ({
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  ...more,
})

test('an unsolicited SYN is dropped, reset or answered by ICMP; other segments are dropped', () => {
  const syn = tcp(stranger, external, 'syn')
  expect(new BoxBench(nat()).answer(syn, 'outside')).toBeUndefined()
  const rst = new BoxBench(nat({ unsolicited: { tcp: 'rst' } }))
  expect(rst.answer(syn, 'outside')).toMatchObject({
    source: external,
    flags: { rst: true, ack: true },
    acknowledgement: 1001,
  })
  expect(rst.answer(tcp(stranger, external, 'ack'), 'outside')).toBeUndefined()
  const icmp = new BoxBench(nat({ unsolicited: { tcp: 'icmp' } })).answer(syn, 'outside')
  expect(icmp).toMatchObject({
    kind: 'administratively-prohibited',
    about: { protocol: 'tcp', destination: external },
  })
})

test('unsolicited UDP is dropped, or answered by port-unreachable', () => {
  const packet = udp(stranger, external)
  expect(new BoxBench(nat()).answer(packet, 'outside')).toBeUndefined()
  const answer = new BoxBench(nat({ unsolicited: { udp: 'icmp' } })).answer(packet, 'outside')
  expect(answer).toMatchObject({ kind: 'port-unreachable', destination: { ip: '9.0.0.9' } })
})

test('a connection to a closed mapping’s filter gets in with the SYN only', () => {
  const bench = new BoxBench(nat({ filtering: 'endpoint-independent' }))
  bench.through(tcp(inside, remote, 'syn'), 'inside')
  expect(bench.through(tcp(stranger, external, 'ack'), 'outside')).toBeUndefined()
  expect(bench.through(tcp(stranger, external, 'syn'), 'outside')).toBeDefined()
  expect(bench.through(tcp(inside, stranger, 'syn', 'ack'), 'inside')).toMatchObject({ source: external })
})

test('hairpinning shows inside hosts to each other by external endpoints', () => {
  const settings = nat({ hairpinning: true, filtering: 'endpoint-independent' })
  const bench = new BoxBench(settings)
  bench.mapped(inside, remote)
  const [emission] = bench.box.receive(udp('10.0.0.3:5000', external), 'inside', 0)
  expect(emission).toMatchObject({
    side: 'inside',
    packet: { source: { ip: EXTERNAL, port: 5000 }, destination: { ip: '10.0.0.2', port: 4000 } },
  })
  const off = new BoxBench({ ...settings, hairpinning: false })
  off.mapped(inside, remote)
  expect(off.box.receive(udp('10.0.0.3:5000', external), 'inside', 0)).toEqual([])
})

test('a hairpinned SYN that is refused brings its RST back inside', () => {
  const bench = new BoxBench(nat({ hairpinning: true, unsolicited: { tcp: 'rst' } }))
  const emissions = bench.box.receive(tcp(inside, `${EXTERNAL}:7`, 'syn'), 'inside', 0)
  expect(emissions).toMatchObject([
    { side: 'inside', packet: { flags: { rst: true }, destination: { port: 4000 } } },
  ])
})

test('ICMP echo is mapped by its identifier, and only answers come in', () => {
  const bench = new BoxBench(nat({ delta: { type: 'preserving', value: 7 } }))
  const out = bench.through(echo('echo-request', '10.0.0.2', '9.0.0.1', 2000), 'inside')
  expect(out).toMatchObject({
    source: { ip: EXTERNAL, port: 2007 },
    destination: { ip: '9.0.0.1', port: 2007 },
  })
  const reply = bench.through(echo('echo-reply', '9.0.0.1', EXTERNAL, 2007), 'outside')
  expect(reply).toMatchObject({ destination: { ip: '10.0.0.2', port: 2000 }, source: { port: 2000 } })
  expect(bench.through(echo('echo-reply', '9.0.0.9', EXTERNAL, 2007), 'outside')).toBeUndefined()
  expect(bench.through(echo('echo-request', '9.0.0.9', EXTERNAL, 1), 'outside')).toBeUndefined()
})

test('ICMP errors find the packet’s sender, in both directions, and strangers’ do not', () => {
  const bench = new BoxBench(nat({ delta: { type: 'preserving', value: 7 } }))
  const out = bench.through(udp(inside, remote), 'inside')
  if (out === undefined) throw new Error('no mapping')
  const { source, destination } = out
  const routers = { protocol: 'icmp', ttl: 64, payload: new Uint8Array(), kind: 'time-exceeded' } as const
  const error = { ...routers, source: { ip: '8.8.8.8', port: 0 }, destination: { ip: EXTERNAL, port: 0 } }
  const about = { protocol: 'udp', source, destination } as const
  expect(bench.through({ ...error, about }, 'outside')).toMatchObject({
    destination: { ip: '10.0.0.2' },
    about: { source: { ip: '10.0.0.2', port: 4000 }, destination },
  })
  const other = { ...about, destination: { ip: '9.9.9.9', port: 1 } }
  expect(bench.through({ ...error, about: other }, 'outside')).toBeUndefined()
  const complaint = { ...error, source: { ip: '10.0.0.2', port: 0 }, destination: { ip: '9.0.0.1', port: 0 } }
  const aboutIn = {
    protocol: 'udp',
    source: destination,
    destination: { ip: '10.0.0.2', port: 4000 },
  } as const
  expect(bench.through({ ...complaint, about: aboutIn }, 'inside')).toMatchObject({
    source: { ip: EXTERNAL },
    about: { destination: source },
  })
})

test('UDP can be blocked, or TCP, or everything but the web', () => {
  const noUdp = new BoxBench(nat({ traffic: { passes: 'no-udp' } }))
  expect(noUdp.mapped(inside, remote)).toBeUndefined()
  expect(noUdp.through(tcp(inside, stranger, 'syn'), 'inside')).toBeDefined()
  const noTcp = new BoxBench(nat({ traffic: { passes: 'no-tcp' } }))
  expect(noTcp.mapped(inside, remote)).toBeDefined()
  expect(noTcp.through(tcp(inside, stranger, 'syn'), 'inside')).toBeUndefined()
  const web = new BoxBench(
    nat({ traffic: { passes: 'web-only', rejects: true }, filtering: 'endpoint-independent' }),
  )
  expect(web.through(tcp(inside, remote, 'syn'), 'inside')).toBeDefined()
  expect(web.through(tcp(inside, '9.0.0.1:443', 'syn'), 'inside')).toBeDefined()
  expect(web.through(tcp(inside, '9.0.0.1:22', 'syn'), 'inside')).toBeUndefined()
  expect(web.through(tcp(stranger, external, 'syn'), 'outside')).toBeUndefined()
  expect(web.answer(udp(inside, remote), 'inside')).toMatchObject({ kind: 'administratively-prohibited' })
})

test('new mappings are limited per second, old ones are not', () => {
  const bench = new BoxBench(nat({ traffic: { newMappingsPerSecond: 10 } }))
  const burst = () => Array.from({ length: 20 }, (_, i) => bench.mapped(`10.0.0.2:${4000 + i}`, remote))
  expect(burst().filter(Boolean)).toHaveLength(10)
  bench.now = 500
  expect(burst().filter(Boolean)).toHaveLength(15)
  expect(bench.mapped('10.0.0.2:4000', '9.0.0.7:7')).toBeDefined()
})

test('other subscribers move the counter on', () => {
  const bench = new BoxBench(
    nat({ delta: { type: 'independent', value: 1 }, traffic: { othersPerSecond: 100 } }),
  )
  const first = bench.mappedPort('10.0.0.2:4000', remote) as number
  bench.now = 1000
  const second = bench.mappedPort('10.0.0.2:4001', remote) as number
  expect(second - first).toBeGreaterThan(60)
  expect(second - first).toBeLessThan(150)
  bench.now = 86_400_000
  expect(bench.mappedPort('10.0.0.2:4002', remote)).toBeDefined()
})

test('paired pooling keeps a host’s address, arbitrary pooling does not', () => {
  const addresses = ['5.5.0.1', '5.5.0.2', '5.5.0.3', '5.5.0.4']
  const seen = (pooling: 'paired' | 'arbitrary') => {
    const bench = new BoxBench(nat({ ports: { addresses: 4, pooling } }), { external: addresses })
    return new Set(Array.from({ length: 40 }, (_, i) => bench.mapped(`10.0.0.2:${4000 + i}`, remote)?.ip))
      .size
  }
  expect(seen('paired')).toBe(1)
  expect(seen('arbitrary')).toBe(4)
})

test('a firewall admits replies alone and changes no address', () => {
  for (const host of ['5.5.0.7:4000', '[2a00:5::7]:4000']) {
    const far = host.startsWith('[') ? '[2a00:9::1]:80' : remote
    const bench = new BoxBench({ kind: 'firewall', unsolicited: { tcp: 'rst' } })
    expect(bench.delivered(far, host)).toBeUndefined()
    expect(bench.mapped(host, far)).toEqual(udp(host, far).source)
    expect(bench.delivered(far, host)).toEqual(udp(host, far).source)
    expect(bench.answer(tcp(far, host, 'syn'), 'outside')).toMatchObject({ flags: { rst: true } })
  }
})

test('a NAT for IPv4 is a firewall for IPv6, or passes or blocks IPv6, by its settings', () => {
  const [host, far] = ['[2a00:5::7]:4000', '[2a00:9::1]:80']
  const opens = (untranslated: NatSettings['untranslated']) => {
    const bench = new BoxBench(nat(untranslated && { untranslated }))
    return [bench.delivered(far, host), bench.mapped(host, far), bench.delivered(far, host)].map(Boolean)
  }
  expect(opens(undefined)).toEqual([false, true, true])
  expect(opens('open')).toEqual([true, true, true])
  expect(opens('blocked')).toEqual([false, false, false])
})

test('a NAT with an external IPv6 address translates IPv6', () => {
  const bench = new BoxBench(nat(), { external: ['2a00:5::1'] })
  expect(bench.mapped('[fd00::2]:4000', '[2a00:9::1]:80')).toEqual({ ip: '2a00:5::1', port: 4000 })
})

test('an open router passes everything, one hop less', () => {
  const { box } = new BoxBench({ kind: 'open' })
  const [through] = hop(box, udp(stranger, inside), 'outside', 0, EXTERNAL)
  expect(through).toMatchObject({ side: 'inside', packet: { ttl: 63 } })
  const [expired] = hop(box, { ...udp(stranger, inside), ttl: 1 }, 'outside', 0, EXTERNAL)
  expect(expired).toMatchObject({
    side: 'outside',
    packet: { kind: 'time-exceeded', source: { ip: EXTERNAL } },
  })
})
