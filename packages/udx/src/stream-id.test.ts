import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { streamIds } from './stream-id.ts'

test('the local id of one end is the remote id of the other, and the two differ', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 32 }), (token) => {
      const { local, remote } = streamIds(token, 'client')
      expect(streamIds(token, 'server')).toEqual({ local: remote, remote: local })
      expect(local).not.toBe(remote)
      for (const id of [local, remote]) expect(id >= 0 && id < 2 ** 32 && Number.isInteger(id)).toBe(true)
    }),
  )
})

test('a token’s place in a larger buffer does not matter', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => i)
  expect(streamIds(bytes.subarray(3), 'client')).toEqual(streamIds(bytes.slice(3), 'client'))
})

test('a token that is too short is refused', () => {
  expect(() => streamIds(new Uint8Array(3), 'client')).toThrow(
    expect.objectContaining({ code: 'UDX_INVALID_ARGUMENT', message: expect.stringContaining('not 3') }),
  )
})
