import { expect, test } from '@jest/globals'
import {
  collectUser,
  parseDuration,
  parseList,
  parseListeningPort,
  parseRate,
  parseStrategies,
  parseTransports,
  relayConflict,
} from './values.ts'

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

test('a list that is given again adds to the one before', () => {
  expect(parseStrategies('relay,direct', ['direct'])).toEqual(['direct', 'relay'])
  expect(parseTransports('udp', ['tcp'])).toEqual(['tcp', 'udp'])
  expect(parseList('web,22', ['22'])).toEqual(['22', 'web'])
})

test.each(['0', '65536', '70000'])('no program listens on port %s, and the range is named', (text) => {
  expect(() => parseListeningPort(text)).toThrow('Give a port from 1 to 65535.')
})

test('users of a relay have a name and a password', () => {
  expect(collectUser('u:p:q', { a: 'b' })).toEqual({ a: 'b', u: 'p:q' })
  expect(() => collectUser('a:c', { a: 'b' })).toThrow('"a" is given twice')
  for (const text of ['', 'u', 'u:', ':p']) expect(() => collectUser(text, {})).toThrow('NAME:PASSWORD')
})

test('rates are in bytes a second', () => {
  expect(['5MB/s', '300kB/s', '1MiB/s', '1.5 M', '1000'].map(parseRate)).toEqual([
    5e6, 3e5, 1_048_576, 1.5e6, 1000,
  ])
  for (const text of ['', '0', 'fast', '5Mbit/s', '-1MB/s'])
    expect(() => parseRate(text)).toThrow('Give a rate')
})

test('strategies and a policy about relays that leave nothing are both named', () => {
  expect(relayConflict(['relay'], 'never')).toBe('--strategies relay and --relay never leave no strategy')
  expect(relayConflict(['direct', 'reverse'], 'only')).toBe(
    '--strategies direct,reverse and --relay only leave no strategy',
  )
  for (const [strategies, relay] of [
    [['direct', 'relay'], 'never'],
    [['direct', 'relay'], 'only'],
    [['relay'], 'last'],
    [undefined, 'only'],
    [['relay'], undefined],
  ] as const)
    expect(relayConflict(strategies, relay)).toBeUndefined()
})
