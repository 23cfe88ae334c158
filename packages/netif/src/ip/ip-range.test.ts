import { describe, expect, test } from '@jest/globals'
import { IpRange, NetifError, parseIpRange } from '@p2pd/netif'
import fc from 'fast-check'

const take = (range: IpRange, count: number) => Array.from({ length: count }, (_, i) => range.at(i))

describe('C5: IP ranges', () => {
  test('iteration begins at the address given, wraps, and ends after one round', () => {
    expect([...parseIpRange('192.0.2.5/29')]).toEqual(
      ['5', '6', '7', '1', '2', '3', '4'].map((n) => `192.0.2.${n}`),
    )
    expect([...parseIpRange('192.0.2.9')]).toEqual(['192.0.2.9'])
    expect([...parseIpRange('192.0.2.8/31')]).toEqual(['192.0.2.8', '192.0.2.9'])
    expect(take(parseIpRange('2001:db8::ffff/64'), 2)).toEqual(['2001:db8::ffff', '2001:db8::1:0'])
  })

  test('an index wraps in both directions', () => {
    const range = parseIpRange('10.0.0.0/24')
    expect(range.size).toBe(255n)
    expect([range.at(0), range.at(254), range.at(255), range.at(-1)]).toEqual([
      '10.0.0.1',
      '10.0.0.255',
      '10.0.0.1',
      '10.0.0.255',
    ])
    expect(parseIpRange('2001:db8::/64').at(-1)).toBe('2001:db8::ffff:ffff:ffff:ffff')
    expect(parseIpRange('::/0').size).toBe(2n ** 128n - 1n)
  })

  test('containment, in one family only', () => {
    const range = parseIpRange('192.0.2.0/24')
    expect(
      ['192.0.2.1', '192.0.2.255', '192.0.2.0', '192.0.3.1', '::1'].map((ip) => range.contains(ip)),
    ).toEqual([true, true, false, false, false])
    expect(parseIpRange('fe80::/10').contains('fe80::1%eth0')).toBe(true)
  })

  test('comparison: by family, block and size; the start does not matter', () => {
    const ordered = ['10.0.0.0/32', '10.0.0.0/8', '192.0.2.0/24', '::1', '2001:db8::/32'].map(parseIpRange)
    const shuffled = [3, 1, 4, 0, 2].flatMap((i) => ordered[i] ?? [])
    expect(shuffled.sort((a, b) => a.compare(b)).map(String)).toEqual(ordered.map(String))
    expect(parseIpRange('192.0.2.7/24').equals(parseIpRange('192.0.2.0/24'))).toBe(true)
    expect(parseIpRange('192.0.2.7').equals(parseIpRange('192.0.2.8'))).toBe(false)
  })

  test('text and JSON', () => {
    expect(JSON.stringify([parseIpRange('192.0.2.0/24'), new IpRange('::1')])).toBe('["192.0.2.0/24","::1"]')
    expect(String(parseIpRange('192.0.2.20/24'))).toBe('192.0.2.20/24')
  })

  test('bad texts are refused', () => {
    for (const text of [
      '1/8',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/08',
      '010.0.0.0/8',
      '',
      '/',
    ]) {
      expect(() => parseIpRange(text)).toThrow(NetifError)
    }
    expect(() => new IpRange('10.0.0.1', 1.5)).toThrow(NetifError)
  })
})

describe('properties of ranges', () => {
  const range = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  )
  const steps = fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n })

  test('what is at an index is contained, and its index is that one, wrapped', () => {
    fc.assert(
      fc.property(range, steps, ([ip, length], index) => {
        const block = new IpRange(ip, length)
        const address = block.at(index)
        expect(block.contains(address)).toBe(true)
        expect(block.indexOf(address)).toBe(((index % block.size) + block.size) % block.size)
        expect(block.at(index + block.size)).toBe(address)
      }),
    )
  })

  test('text round trip keeps members and start', () => {
    fc.assert(
      fc.property(range, steps, ([ip, length], index) => {
        const block = new IpRange(ip, length)
        const again = parseIpRange(String(block))
        expect(again.equals(block)).toBe(true)
        expect(again.at(index)).toBe(block.at(index))
      }),
    )
  })

  test('small ranges hold each address once', () => {
    const small = fc.tuple(fc.ipV4(), fc.integer({ min: 22, max: 32 }))
    fc.assert(
      fc.property(small, ([ip, length]) => {
        const block = new IpRange(ip, length)
        expect(BigInt(new Set(block).size)).toBe(block.size)
      }),
      { numRuns: 30 },
    )
  })

  test('comparison is an order', () => {
    fc.assert(
      fc.property(range, range, range, (...ends) => {
        const [a, b, c] = ends.map(([ip, length]) => new IpRange(ip, length)).sort((x, y) => x.compare(y))
        if (!a || !b || !c) throw new Error('unreachable')
        expect([a.compare(b) <= 0, b.compare(c) <= 0, a.compare(c) <= 0]).toEqual([true, true, true])
        expect(Math.sign(a.compare(b))).toBe(-Math.sign(b.compare(a)) || 0)
      }),
    )
  })

  test('any text is a range or this package’s error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./]{0,30}$/)), (text) => {
        let outcome: unknown
        try {
          outcome = parseIpRange(text)
        } catch (error) {
          outcome = error
        }
        expect(outcome instanceof IpRange || outcome instanceof NetifError).toBe(true)
      }),
    )
  })
})
