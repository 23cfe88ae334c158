import { expect, test } from '@jest/globals'
import { prepareOpaqueString, timeLimitedCredentials } from '@p2pd/turn'
import { hmacSha1 } from '@p2pd/stun/node'

test('time-limited credentials as coturn computes them', () => {
  // echo -n 1700000000:alice | openssl dgst -sha1 -hmac s3cret -binary | base64
  expect(
    timeLimitedCredentials({ secret: 's3cret', expiry: 1_700_000_000.7, name: 'alice' }, hmacSha1),
  ).toEqual({
    username: '1700000000:alice',
    password: 'TtElzSjT0GdnTQ9xdcRNxx96yQs=',
  })
  expect(timeLimitedCredentials({ secret: 's', expiry: 5 }, hmacSha1).username).toBe('5')
})

test('OpaqueString: spaces mapped, composed, case kept; no control characters', () => {
  expect(prepareOpaqueString('password', 'Cafe\u0301\u00a0x')).toBe('Caf\u00e9 x')
  for (const text of ['', 'a\nb', '\u0000']) {
    expect(() => prepareOpaqueString('password', text)).toThrow(
      expect.objectContaining({ code: 'TURN_INVALID_ARGUMENT' }),
    )
  }
})
