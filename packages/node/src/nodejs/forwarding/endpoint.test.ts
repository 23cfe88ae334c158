import { expect, test } from '@jest/globals'
import { parseEndpoint, parseServed } from './endpoint.ts'

test('what serve does not understand is answered with all that it does', () => {
  for (const text of ['web', '99999', 'web=', 'web=localhost', 'reverse:web'])
    expect(() => parseServed(text)).toThrow(
      'give PORT, HOST:PORT, udp:PORT or unix:PATH, with or without NAME= before it',
    )
  expect(() => parseServed('=80')).toThrow('give NAME=HOST:PORT')
  for (const text of ['0', 'web=localhost:0', 'udp:0'])
    expect(() => parseServed(text)).toThrow('no server has port 0, give its own')
  expect(parseServed('reverse:0').endpoint).toMatchObject({ port: 0 }) // The system chooses where to listen.
  expect(() => parseEndpoint('web')).toThrow('give a port from 0 to 65535, ADDRESS:PORT, or unix:PATH')
})
