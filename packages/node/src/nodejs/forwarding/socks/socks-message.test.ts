import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  decodeSocksGreeting,
  decodeSocksRequest,
  encodeSocksMethod,
  encodeSocksReply,
  servicesOf,
  SocksReply,
} from './socks-message.ts'

const name = [...Buffer.from('web')]

test('a greeting names methods, and the proxy takes none with a password', () => {
  expect(decodeSocksGreeting(Uint8Array.of(5, 2, 2, 0))).toEqual({ value: true, length: 4 })
  expect(decodeSocksGreeting(Uint8Array.of(5, 1, 2))).toEqual({ value: false, length: 3 })
  expect(decodeSocksGreeting(Uint8Array.of(5, 2, 0))).toBeUndefined()
  expect(decodeSocksGreeting(Uint8Array.of(4, 1))?.value).toBe(false)
  expect([...encodeSocksMethod(true), ...encodeSocksMethod(false)]).toEqual([5, 0, 5, 255])
})

test.each([
  [[5, 1, 0, 3, 3, ...name, 0, 80], { host: 'web', port: 80 }],
  [[5, 1, 0, 1, 10, 0, 0, 5, 1, 187], { host: '10.0.0.5', port: 443 }],
  [[5, 1, 0, 4, ...Array<number>(15).fill(0), 1, 0, 22], { host: '::1', port: 22 }],
  [[5, 2, 0, 1, 10, 0, 0, 5, 0, 1], { refusal: SocksReply.CommandNotSupported }],
  [[5, 1, 0, 9, 3, 0, 0, 0], { refusal: SocksReply.AddressTypeNotSupported }],
  [[4, 1, 0, 1, 0], { refusal: SocksReply.GeneralFailure }],
])('the request %j is understood', (bytes, value) => {
  expect(decodeSocksRequest(Uint8Array.from(bytes))?.value).toEqual(value)
})

test('a request that is not complete is waited for, and bytes of any kind are decided', () => {
  expect(decodeSocksRequest(Uint8Array.of(5, 1, 0, 3, 3, ...name, 0))).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const [greeting, request] = [decodeSocksGreeting(bytes), decodeSocksRequest(bytes)]
      for (const part of [greeting, request]) expect(part?.length ?? 0).toBeLessThanOrEqual(bytes.length)
    }),
  )
  expect([...encodeSocksReply(SocksReply.NotAllowed)]).toEqual([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
})

test('a destination means a port of the peer, or a service by its name', () => {
  for (const host of ['localhost', '127.0.0.1', '::1', 'home'])
    expect(servicesOf({ host, port: 22 }, 'Home')).toEqual(['22'])
  expect(servicesOf({ host: 'Web', port: 80 }, 'home')).toEqual(['web:80', 'web'])
  expect(servicesOf({ host: 'fd00::1', port: 80 }, 'home')).toEqual(['[fd00::1]:80', 'fd00::1'])
})
