import { expect, test } from '@jest/globals'
import { checkStrategies, STRATEGIES } from './table.ts'

test('a strategy that does not exist is named, with those that do', () => {
  checkStrategies(STRATEGIES.map(({ name }) => name))
  expect(() => checkStrategies(['direct', 'x'] as never)).toThrow(
    expect.objectContaining({
      code: 'NODE_BAD_OPTION',
      message: 'strategy "x" is none of direct, reverse, tcp-punch, udp-punch, relay',
    }),
  )
})
