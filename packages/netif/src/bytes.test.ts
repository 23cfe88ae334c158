import { expect, test } from '@jest/globals'
import { equalBytes, fromHex, joinBytes, toHex } from '@p2pd/netif'

test('joins arrays into a new one, views of larger buffers included', () => {
  const view = Uint8Array.of(9, 1, 2, 9).subarray(1, 3)
  const joined = joinBytes(view, new Uint8Array(), Uint8Array.of(3))
  expect(joined).toEqual(Uint8Array.of(1, 2, 3))
  joined.fill(0)
  expect(view).toEqual(Uint8Array.of(1, 2))
  expect(joinBytes()).toEqual(new Uint8Array())
})

test('bytes and their hexadecimal digits; any other text is none', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
  expect(fromHex(toHex(bytes), 256)).toEqual(bytes)
  expect([toHex(new Uint8Array()), fromHex('', 0)]).toEqual(['', new Uint8Array()])
  for (const text of ['0', '000', '0G', 'AB', ' 1', '-1']) expect(fromHex(text, 1)).toBeUndefined()
})

test('tells equal arrays from arrays that differ in one bit or in length', () => {
  const bytes = Uint8Array.of(0, 127, 128, 255)
  expect(equalBytes(bytes, bytes.slice())).toBe(true)
  expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  expect(equalBytes(bytes, bytes.subarray(1))).toBe(false)
  expect(equalBytes(bytes.subarray(1), bytes)).toBe(false)
  expect(equalBytes(Uint8Array.of(0), new Uint8Array())).toBe(false)
  for (let bit = 0; bit < 32; bit++) {
    const other = bytes.slice()
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(equalBytes(bytes, other)).toBe(false)
  }
})
