import { expect, test } from '@jest/globals'
import { NodeError } from '../node-error.ts'
import { completeCode, drawCode, formatCode, isCode, parseCode } from './code.ts'

let state = 1
const random = (length: number) =>
  Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24)

test('codes are read as they were written, and as people type them', () => {
  for (let i = 0; i < 500; i++) {
    const code = drawCode(random)
    const text = formatCode(code)
    expect(text).toMatch(/^\d{4}-[a-z]{3,8}-[a-z]{3,8}$/)
    if (parseCode(text).secret !== code.secret || parseCode(text).number !== code.number)
      throw new Error(text)
    const cut = text
      .split('-')
      .map((part) => part.slice(0, 4))
      .join('   ')
      .toUpperCase()
    expect([parseCode(cut), isCode(text)]).toEqual([code, true])
  }
})

test('nearly every typing error is refused before a guess is spent', () => {
  let [passed, tried] = [0, 0]
  for (let i = 0; i < 300; i++) {
    const [number = '', first = '', second = ''] = formatCode(drawCode(random)).split('-')
    const [, otherFirst = '', otherSecond = ''] = formatCode(drawCode(random)).split('-')
    const swapped = `${number.slice(1, 2)}${number.slice(0, 1)}${number.slice(2)}`
    const wrong = [
      `${number}-${otherFirst}-${second}`,
      `${number}-${first}-${otherSecond}`,
      `${number}-${second}-${first}`,
    ]
    if (swapped !== number) expect(() => parseCode(`${swapped}-${first}-${second}`)).toThrow(NodeError)
    for (let at = 0; at < 4; at++) {
      const digit = (Number(number[at]) + 1) % 10
      expect(() =>
        parseCode(`${number.slice(0, at)}${digit}${number.slice(at + 1)}-${first}-${second}`),
      ).toThrow(NodeError)
    }
    for (const text of wrong) {
      tried++
      try {
        parseCode(text)
        passed++
      } catch (error) {
        expect(error).toMatchObject({ code: 'NODE_BAD_CODE' })
      }
    }
  }
  expect(passed / tried).toBeLessThan(1 / 12)
})

test('errors name the part that is wrong; a shell completes words', () => {
  expect(() => parseCode('7421-travel-xyzzy')).toThrow('"xyzzy" is not a word')
  expect(() => parseCode('7421-ab-travel')).toThrow('may be abandon or ability')
  for (const text of ['', '7421', '7421-travel', 'travel-radar', '74213-travel-radar', '7421-a-b-c'])
    expect(() => parseCode(text)).toThrow(NodeError)
  expect(completeCode('7421-trav')).toEqual(['7421-travel'])
  expect(completeCode('7421 travel rada')).toEqual(['7421-travel-radar'])
  expect(completeCode('tul')).toEqual([])
  expect(['alice', 'example.com', '7421', 'p2pd-home'].map(isCode)).toEqual([false, false, false, false])
})
