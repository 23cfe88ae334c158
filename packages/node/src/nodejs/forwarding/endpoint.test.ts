import { expect, test } from '@jest/globals'
import { parseEndpoint, parseServed } from './endpoint.ts'

test('what serve does not understand is answered with all that it does', () => {
  for (const text of ['web', '99999', 'web=', 'web=localhost', 'reverse:web'])
    expect(() => parseServed(text)).toThrow(
      'give PORT, HOST:PORT, udp:PORT or unix:PATH, with or without NAME= before it',
    )
  expect(() => parseServed('=80')).toThrow('give NAME=HOST:PORT')
  expect(() => parseEndpoint('web')).toThrow('give a port from 0 to 65535, ADDRESS:PORT, or unix:PATH')
})
