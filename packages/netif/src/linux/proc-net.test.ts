import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseProcNetIfInet6 } from './proc-net-if-inet6.ts'
import { parseProcNetIpv6Route } from './proc-net-ipv6-route.ts'
import { parseProcNetRoute } from './proc-net-route.ts'

const HEADER = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n'

test('route: big-endian machines write the addresses the other way round', () => {
  const little = parseProcNetRoute(`${HEADER}eth0\t00000000\t0101A8C0\t0003\t0\t0\t5\t00000000\t0\t0\t0\n`)
  const big = parseProcNetRoute(`${HEADER}eth0\t00000000\tC0A80101\t0003\t0\t0\t5\t00000000\t0\t0\t0\n`, 'BE')
  expect(little).toEqual(big)
  expect(little).toEqual([
    {
      family: 'IPv4',
      nic: 'eth0',
      destination: '0.0.0.0',
      prefixLength: 0,
      gateway: '192.168.1.1',
      metric: 5,
    },
  ])
})

test('route: a mask becomes a prefix length, a link route has no gateway', () => {
  const [route] = parseProcNetRoute(`${HEADER}eth0\t0010A8C0\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n`)
  expect(route).toEqual({
    family: 'IPv4',
    nic: 'eth0',
    destination: '192.168.16.0',
    prefixLength: 20,
    metric: 0,
  })
})

test('optimistic IPv6 addresses are usable, tentative ones are not. RFC 4429', () => {
  const line = (flags: string) => `fe80000000000000505400fffe123456 03 40 20 ${flags} eth0\n`
  expect(parseProcNetIfInet6(line('44'))).toHaveLength(1)
  expect(parseProcNetIfInet6(line('40'))).toHaveLength(0)
  expect(parseProcNetIfInet6(line('c8'))).toHaveLength(0)
})

test('any text is parsed to something', () => {
  const words = fc.array(
    fc.constantFrom('eth0', '0', 'zz', '00000000', 'f'.repeat(32), '-1', '\t', '\n', ' '),
  )
  const text = fc.oneof(
    fc.string(),
    words.map((all) => all.join(' ')),
  )
  fc.assert(
    fc.property(text, (any) => {
      expect(Array.isArray(parseProcNetRoute(any))).toBe(true)
      expect(Array.isArray(parseProcNetIpv6Route(any))).toBe(true)
      expect(Array.isArray(parseProcNetIfInet6(any))).toBe(true)
    }),
  )
})
