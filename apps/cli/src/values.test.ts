import { expect, test } from '@jest/globals'
import { collectUser, parseDuration, parseStrategies } from './values.ts'

test('durations have units; a bare number is in seconds', () => {
  expect(['30s', '500ms', '2m', '1h', '5', '0.5s'].map(parseDuration)).toEqual([
    30_000, 500, 120_000, 3_600_000, 5000, 500,
  ])
})

test.each(['', '0', '-1', '1e3', 'soon', '25h', '99999999s'])('%j is not a duration', (text) => {
  expect(() => parseDuration(text)).toThrow(/Give a duration/)
})

test('each strategy is named once', () => {
  expect(parseStrategies('reverse, direct,reverse')).toEqual(['reverse', 'direct'])
  expect(() => parseStrategies('')).toThrow(/is none of direct/)
})

test('users of a relay have a name and a password', () => {
  expect(collectUser('u:p:q', { a: 'b' })).toEqual({ a: 'b', u: 'p:q' })
  for (const text of ['', 'u', 'u:', ':p']) expect(() => collectUser(text, {})).toThrow('NAME:PASSWORD')
})
