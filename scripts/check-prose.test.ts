import { describe, expect, test } from '@jest/globals'
import { checkErrorCodes } from './layers/check-error-codes.ts'
import { checkProse } from './layers/check-prose.ts'
import { formatFinding } from './layers/rules.ts'

const file = 'packages/made/src/a.ts'

const proseOf = (path: string, text: string) => checkProse(new Map([[path, text]])).map(formatFinding)

/** The words that a comment of one line is reported for. */
const wordsIn = (text: string) =>
  proseOf(file, `/** ${text} */\n`).map((finding) => /"(.*?)"/.exec(finding)?.[1])

describe('a hard wording', () => {
  test.each([
    ['Who dials first wins.', 'Who'],
    ['A path. That it is open is not sure.', 'That'],
    ['Whatever came is kept.', 'Whatever'],
    ['`connect` failed. What it tried is in the report.', 'What'],
    ['An open host is no NAT.', 'is no NAT'],
    ['There are hosts that are no peers.', 'are no peers'],
    ['The call was in vain.', 'in vain'],
    ['The NAT, and a port of its.', 'of its'],
    ['A port of theirs is open.', 'of theirs'],
    ['It has all but ended.', 'all but'],
    ['Nothing is sent but for one packet.', 'but for'],
    ['The packet was never heard.', 'heard'],
    ['The peer is told the port.', 'told'],
  ])('%s', (text, words) => {
    expect(wordsIn(text)).toEqual([words])
  })

  test.each([
    'What is a NAT?',
    'A NAT that maps. The peer knows which port it has.',
    'There is no gateway, and the peer is no longer there.',
    'A port of its own, and one of its ports.',
    'Names the field `What is no`.',
    'The two answers cannot be told apart.',
    'Whether a NAT maps.',
  ])('is not in: %s', (text) => {
    expect(wordsIn(text)).toEqual([])
  })

  test('is found with its line, in every kind of comment, and in a text of four words', () => {
    const text = [
      '/**',
      ' * A sentence',
      ' * over two lines. What follows',
      ' * is long.',
      ' */',
      'const a = 1 // Which is one.',
      '// A NAT. Here the text goes',
      '// on. Who knows.',
      "const url = 'https://a.example//What' + /\\/\\/ Who/.source",
      "throw new Error('this is no NAT report')",
      "const short = 'is no NAT'",
      'const made = `${a} bytes are no message`',
    ].join('\n')
    expect(proseOf(file, text).map((finding) => finding.replace(/: (open|write).*/, ''))).toEqual([
      `${file}:3: "What"`,
      `${file}:6: "Which"`,
      `${file}:8: "Who"`,
      `${file}:10: "is no NAT"`,
      `${file}:12: "are no message"`,
    ])
  })

  test('is found in Markdown, outside of code; a heading may open with it', () => {
    const text = [
      '# What a NAT does',
      '',
      'A **host**',
      'is here. What is there?',
      '',
      '- Who knows.',
      '',
      '| What it is | of `its` |',
      '',
      '```ts',
      '// What is this',
      '```',
      '',
      '    What is this',
      '',
      '**Whoever** dials, [is no](x.md) NAT.',
    ].join('\n')
    expect(proseOf('docs/a.md', text).map((finding) => finding.replace(/: (open|write).*/, ''))).toEqual([
      'docs/a.md:6: "Who"',
      'docs/a.md:8: "What"',
      'docs/a.md:16: "Whoever"',
      'docs/a.md:16: "is no NAT"',
    ])
  })
})

test('a hard wording is found in the texts and comments of a page, and of its style sheet', () => {
  const page = [
    'export const page = (',
    '  <p title="it is no link">',
    '    See https://a.example for this, it is no NAT',
    '    {/* Who knows. */}',
    '  </p>',
    ')',
  ].join('\n')
  const sheet = '/* A card. What follows is wide. */\n.card { background: url(https://a.example) }\n'
  const wordings = [...proseOf('apps/page/src/a.tsx', page), ...proseOf('apps/page/src/a.css', sheet)]
  expect(wordings.map((finding) => finding.replace(/: (open|write).*/, ''))).toEqual([
    'apps/page/src/a.tsx:4: "Who"',
    'apps/page/src/a.tsx:2: "is no link"',
    'apps/page/src/a.tsx:3: "is no NAT"',
    'apps/page/src/a.css:1: "What"',
  ])
})

test('a long sentence', () => {
  const words = (count: number) => `/** A${' word'.repeat(count - 1)}. It ends. */\n`
  expect(proseOf(file, words(25))).toEqual([])
  expect(proseOf(file, words(26))).toEqual([`${file}:1: a sentence of 26 words: at most 25; split it`])
})

test('the codes of errors have doc comments', () => {
  const text = [
    'export type AErrorCode =',
    '  /** The peer closed. */',
    "  | 'A_CLOSED'",
    '  // Not a doc comment.',
    "  | 'A_TIMEOUT'",
    '  | FromNetif',
    "  | /** Nobody answered. */ 'A_NO_ANSWER'",
    "export type BErrorCode = 'B_CLOSED'",
  ].join('\n')
  const functions = '/** Throws `A_CLOSED`, `A_TIMEOUT` or `A_NO_ANSWER`. */\nexport const open = () => {}'
  const tree = new Map([
    [file, text],
    [file.replace(/[^/]+$/, 'open.ts'), functions],
  ])
  expect(checkErrorCodes(tree).map(formatFinding)).toEqual([
    `${file}:5: 'A_TIMEOUT' has no doc comment that says when it is thrown`,
    `${file}:8: 'B_CLOSED' has no doc comment that says when it is thrown`,
    `${file}:8: 'B_CLOSED' is in no doc comment of a function that throws it`,
  ])
})
