import { expect, test } from '@jest/globals'
import type { Summary } from '@p2pd/transfer'
import { amountOf, formatBytes, offerText } from './offer-text.ts'

const summary: Summary = {
  entries: 3,
  files: 2,
  directories: 1,
  links: 0,
  bytes: 1_500_000,
  hasUnknownSize: false,
  names: ['holiday'],
  hidden: [],
  hiddenCount: 0,
  notes: [],
  noteCount: 0,
}
const alice = { peer: 'a'.repeat(56), name: 'alice', strategy: 'direct' }

test('an offer says who, how much, by which path', () => {
  expect(offerText(summary, alice)).toBe(
    `alice (${alice.peer}) offers 2 files, 1 folder of 1.5 MB, directly:\n  holiday`,
  )
  const stranger = offerText(summary, { ...alice, name: undefined, strategy: 'relay' })
  expect(stranger).toContain('who is not among your contacts')
  expect(stranger).toContain('through a relay')
  const guest = offerText(summary, {
    peer: alice.peer,
    name: undefined,
    nameByCode: 'vm',
    strategy: 'tcp-punch',
  })
  expect(guest).toMatch(/^"vm", who has typed your code \(a+\), offers .* directly, by tcp-punch:/)
})

test('every hidden file is named, and no name acts on the terminal', () => {
  const hidden = Array.from({ length: 40 }, (_, index) => `holiday/.${index}`)
  const names = ['\u001b[2Jharmless', 'gpj.\u202eexe', 'two\nlines']
  const text = offerText({ ...summary, names, hidden, hiddenCount: 50 }, alice)
  for (const name of hidden) expect(text).toContain(`  ${name}\n`)
  expect(text).toContain('and 10 more')
  expect(text).not.toMatch(/[\u001b\u202e]/)
  expect(text).toContain('\\u{1b}[2Jharmless')
  expect(text).toContain('two\\u{a}lines')
})

test('long lists are shortened, remarks are shown', () => {
  const names = Array.from({ length: 30 }, (_, index) => `file-${index}`)
  const notes = [
    { type: 'note', path: 'dev', reason: 'special', detail: 'a device' },
  ] as unknown as Summary['notes']
  const text = offerText({ ...summary, names, notes, noteCount: 1 }, alice)
  expect(text).toContain('  and 18 more')
  expect(text).toContain('dev: special: a device')
})

test('amounts and bytes in words', () => {
  expect(amountOf({ ...summary, files: 1, directories: 0, links: 2 })).toBe('1 file, 2 links of 1.5 MB')
  expect(amountOf({ ...summary, hasUnknownSize: true })).toContain('of unknown size')
  expect([0, 999, 1000, 2.5e9, 9e15].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '2.5 GB',
    '9000.0 TB',
  ])
})
