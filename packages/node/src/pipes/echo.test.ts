import { expect, test } from '@jest/globals'
import { EchoProtocol } from './echo.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const run = (...messages: string[]) => {
  const echo = new EchoProtocol()
  return messages.map((message) => new TextDecoder().decode(echo.receive(bytes(message))))
}

test('gives back every byte of a pipe that does not begin with ECHO', () => {
  expect(run('hello', 'ECHO x', '')).toEqual(['hello', 'ECHO x', ''])
})

test('gives back what follows ECHO, message by message', () => {
  expect(run('ECHO hello', 'ECHO again')).toEqual(['hello', 'again'])
})

test('waits for the first five bytes to decide', () => {
  expect(run('EC', 'HO', ' hi')).toEqual(['', '', 'hi'])
  expect(run('EC', 'LAIR')).toEqual(['', 'ECLAIR'])
})
