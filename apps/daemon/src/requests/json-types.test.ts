import { expect, test } from '@jest/globals'
import { ContactTarget, PipeRequest } from '../v1/schemas.ts'
import { typeFault } from './json-types.ts'

test.each([
  [{ target: 5 }, 'body/target must be a string, and is an integer'],
  [{ target: null }, 'body/target must be a string, and is null'],
  [{ target: ['self'] }, 'body/target must be a string, and is an array'],
  [{ target: 'x', timeoutMs: '5' }, 'body/timeoutMs must be an integer, and is a string'],
  [{ target: 'x', timeoutMs: 1.5 }, 'body/timeoutMs must be an integer, and is a number'],
  [{ target: 'x', timeoutMs: Infinity }, 'body/timeoutMs must be an integer, and is a number'],
  [{ target: 'x', strategies: 'direct' }, 'body/strategies must be an array, and is a string'],
  [
    { target: 'x', strategies: ['direct', 'teleport'] },
    'body/strategies/1 must be one of direct, reverse, tcp-punch, udp-punch, relay',
  ],
  [{ target: 'x', relay: true }, 'body/relay must be one of early, last, never, only'],
  [[], 'body must be an object, and is an array'],
  ['{"target":"self"}', 'body must be an object, and is a string'],
  [null, 'body must be an object, and is null'],
])('%j is refused', (body, fault) => {
  expect(typeFault(PipeRequest, body)).toBe(fault)
})

test('right types pass, and unknown fields are ignored', () => {
  const body = { target: 'x', strategies: ['direct'], relay: 'never', timeoutMs: 5, later: 1 }
  expect(typeFault(PipeRequest, body)).toBeUndefined()
  expect(typeFault(ContactTarget, { target: 'x', isBlocked: true, allow: ['ssh'] })).toBeUndefined()
  expect(typeFault(ContactTarget, { target: 'x', isBlocked: 'no' })).toBe(
    'body/isBlocked must be true or false, and is a string',
  )
  // A field that every object inherits is not one of the body's.
  expect(typeFault(PipeRequest, Object.create({ target: 5 }))).toBeUndefined()
})
