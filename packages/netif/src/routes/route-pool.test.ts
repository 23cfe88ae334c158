import { describe, expect, test } from '@jest/globals'
import { type Route, RoutePool } from '@p2pd/netif'
import fc from 'fast-check'

const route = (nic: string, ...externalAddresses: string[]): Route => ({
  family: externalAddresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
  nicAddresses: [nic],
  externalAddresses,
})
const externals = (pool: Iterable<Route>) => [...pool].flatMap(({ externalAddresses }) => externalAddresses)

describe('C4: route pools', () => {
  const pool = RoutePool.of([
    route('10.0.0.1', '198.51.100.0/24'),
    route('10.0.0.2', '203.0.113.9'),
    route('10.0.0.3', '192.0.2.0/24'),
  ])

  test('two /24 and one address are 511 addresses', () => {
    expect(pool.size).toBe(511n)
    expect(new Set(externals(pool)).size).toBe(511)
  })

  test('index and negative index', () => {
    expect(pool.at(0)).toEqual(route('10.0.0.1', '198.51.100.1'))
    expect(pool.at(254)).toEqual(route('10.0.0.1', '198.51.100.255'))
    expect(pool.at(255)).toEqual(route('10.0.0.2', '203.0.113.9'))
    expect(pool.at(256)).toEqual(route('10.0.0.3', '192.0.2.1'))
    expect(pool.at(-1)).toEqual(route('10.0.0.3', '192.0.2.255'))
    expect(pool.at(-511)).toEqual(pool.at(0))
    expect([pool.at(511), pool.at(-512)]).toEqual([undefined, undefined])
  })

  test('slice and reverse', () => {
    expect(externals(pool.slice(254, 257))).toEqual(['198.51.100.255', '203.0.113.9', '192.0.2.1'])
    expect(externals(pool.slice(-2))).toEqual(['192.0.2.254', '192.0.2.255'])
    expect(pool.slice(5, 2).size).toBe(0n)
    expect(externals(pool.reverse())).toEqual(externals(pool).reverse())
    expect(externals(pool.reverse().slice(0, 2).reverse())).toEqual(['192.0.2.254', '192.0.2.255'])
  })

  test('whole IPv6 blocks are not expanded', () => {
    const wide = RoutePool.of([route('2001:db8::1', '2001:db8::/32')])
    expect(wide.size).toBe(2n ** 96n - 1n)
    expect(externals(wide.reverse().slice(0, 1))).toEqual(['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'])
  })

  test('no routes, or routes not looked at, are an empty pool', () => {
    expect(RoutePool.of([]).size).toBe(0n)
    expect(externals(RoutePool.of([{ ...route('10.0.0.1'), family: 'IPv4' }]).reverse())).toEqual([])
  })
})

test('properties: a pool behaves like the array of its addresses', () => {
  const block = fc.tuple(fc.ipV4(), fc.integer({ min: 27, max: 32 })).map(([ip, length]) => `${ip}/${length}`)
  const routes = fc.array(
    fc.array(block, { maxLength: 3 }).map((blocks) => route('10.0.0.1', ...blocks)),
    { maxLength: 4 },
  )
  const index = fc.integer({ min: -150, max: 150 })
  fc.assert(
    fc.property(routes, index, index, fc.boolean(), (all, begin, end, backwards) => {
      const pool = backwards ? RoutePool.of(all).reverse() : RoutePool.of(all)
      const array = externals(pool)
      expect(pool.size).toBe(BigInt(array.length))
      expect(pool.at(begin)?.externalAddresses[0]).toBe(array.at(begin))
      expect(externals(pool.slice(begin, end))).toEqual(array.slice(begin, end))
      expect(externals(pool.slice(begin, end).reverse())).toEqual(array.slice(begin, end).reverse())
    }),
  )
})
