import { expect, test } from '@jest/globals'
import { quote } from './quote.ts'

test('shows a text on one line, without what a terminal would obey', () => {
  expect(quote('alice')).toBe('"alice"')
  expect(quote('Jörg\n')).toBe('"Jörg\\n"')
  expect(quote('\u001b[2J\u009b2J\u202egro\u2028')).toBe('"\\u001b[2J?2J?gro?"')
  expect(quote('\ud800')).toBe('"\\ud800"')
})

test('shortens what is longer than an id with a typing error', () => {
  expect(quote('x'.repeat(64))).toHaveLength(66)
  expect(quote('x'.repeat(65))).toBe(`"${'x'.repeat(61)}..."`)
})
