import { expect, test } from '@jest/globals'
import { lineOfJsonFault, lineOfJsonKey } from './json-line.ts'

test.each([
  ['a comma too many', '{\n  "a": "x",\n  "b": "y",\n}\n', 4],
  ['a comma too few', '{\n  "a": "x"\n  "b": "y"\n}\n', 3],
  ['no value', '{\n  "a":\n}\n', 3],
  ['a word', '{\n  "a": x,\n  "b": "y"\n}\n', 2],
  ['a text without its end', '{\n  "a": "x,\n  "b": "y"\n}\n', 2],
  ['no end', '{\n  "a": "x"', 2],
  ['one line', '{"a": }', 1],
  ['nothing', '', 1],
])('%s is found on its line', (_, text, line) => {
  expect(() => JSON.parse(text) as unknown).toThrow('JSON')
  expect(lineOfJsonFault(text)).toBe(line)
})

test('a key is found on its line', () => {
  expect(lineOfJsonKey('{\n  "a": "x",\n  "b": "y"\n}', 'b')).toBe(3)
})
