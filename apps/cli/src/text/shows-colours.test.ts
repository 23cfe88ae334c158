import { expect, test } from '@jest/globals'
import { showsColours } from './shows-colours.ts'

const [terminal, file] = [{ isTTY: true }, {}]

test.each([
  [terminal, {}, true],
  [file, {}, false],
  [terminal, { NO_COLOR: '1' }, false],
  [terminal, { NO_COLOR: '' }, true],
  [terminal, { TERM: 'dumb' }, false],
  [file, { FORCE_COLOR: '1' }, true],
  [file, { FORCE_COLOR: '', NO_COLOR: '1' }, true],
  [terminal, { FORCE_COLOR: '0' }, false],
])('H5: colours on %j with %j: %s', (stream, env, isShown) => {
  expect(showsColours(stream, env)).toBe(isShown)
})
