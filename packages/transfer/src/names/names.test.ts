import { posix, win32 } from 'node:path'
import { expect, test } from '@jest/globals'
import { Dice } from '@p2pd/netif/testing'
import { TransferError } from '../transfer-error.ts'
import { decodeName, encodeClashing, encodeName, foldName } from './encode-name.ts'
import { escapeName } from './escape-name.ts'
import { isLinkInside } from './link-target.ts'
import { PathMapper } from './path-mapper.ts'

Error.stackTraceLimit = 0

const portable = { portable: true }

test.each([
  ['CON', '%_%43ON'],
  ['aux.c', '%_%61ux.c'],
  ['com¹ .x', '%_%63om¹ .x'],
  ['console', 'console'],
  ['note.', '%_note%2e'],
  ['note ', '%_note%20'],
  ['...', '%_..%2e'],
  ['C:', '%_C%3a'],
  ['a:b', '%_a%3ab'],
  ['a\\b', '%_a%5cb'],
  ['what?', '%_what%3f'],
  ['a\nb', '%_a%0ab'],
  ['\u202egnp.exe', '%_%e2%80%aegnp.exe'],
  ['P2PD-P~1', '%_P2PD-P%7e1'],
  ['%_x', '%_%25_x'],
  ['100%41', '100%41'],
  ['.profile', '.profile'],
  ['日本.txt', '日本.txt'],
])('%j is written as %j, and decoded again', (name, encoded) => {
  expect(encodeName(name, portable)).toBe(encoded)
  expect(decodeName(encoded)).toBe(name)
})

test('names are decoded again, whatever they are, and clashing ones never clash twice', () => {
  const characters = [
    'a',
    'A',
    'é',
    'e\u0301',
    '%',
    '_',
    '=',
    '.',
    ' ',
    ':',
    '~',
    '1',
    '\n',
    '😀',
    'ß',
    'İ',
    'con',
  ]
  const seen = new Map<string, string>()
  for (let seed = 0; seed < 3000; seed++) {
    const dice = new Dice(seed)
    const name = Array.from({ length: 1 + dice.below(5) }, () => dice.pick(characters)).join('')
    for (const encoded of [
      encodeName(name, portable),
      encodeName(name, { portable: false }),
      encodeClashing(name),
    ])
      expect(decodeName(encoded)).toBe(name)
    const folded = foldName(encodeClashing(name))
    expect(seen.get(folded) ?? name).toBe(name)
    seen.set(folded, name)
  }
})

test('names that differ in case or composition alone are kept apart, below folders too', () => {
  const mapper = new PathMapper(portable)
  const paths = [
    'Readme',
    'readme',
    'README',
    'é',
    'e\u0301',
    'Dir',
    'dir/a',
    'DIR/A',
    '.P2PD-part/x',
    'readme',
  ]
  expect(paths.map((path) => mapper.map(path))).toEqual([
    { path: 'Readme', isNew: true, seen: 'new' },
    { path: '%=readme', isNew: true, seen: 'new' },
    { path: '%=%52%45%41%44%4d%45', isNew: true, seen: 'new' },
    { path: 'é', isNew: true, seen: 'new' },
    { path: '%=e%cc%81', isNew: true, seen: 'new' },
    { path: 'Dir', isNew: true, seen: 'new' },
    { path: '%=dir/a', isNew: true, seen: 'new' },
    { path: '%=%44%49%52/A', isNew: true, seen: 'new' },
    { path: '%=.%502%50%44-part/x', isNew: true, seen: 'new' },
    { path: '%=readme', isNew: false, seen: 'same' },
  ])
})

test('names as they were sent keep their case, and stay out of the folder of parts', () => {
  const mapper = new PathMapper({ portable: false })
  expect(['a', 'A', 'aux', 'x:y', '.p2pd-part'].map((path) => mapper.map(path).path)).toEqual([
    'a',
    'A',
    'aux',
    'x:y',
    '%=.p2pd-part',
  ])
})

test('paths and links lead nowhere else', () => {
  const mapper = new PathMapper(portable)
  for (const path of ['', '/etc', 'a//b', 'a/', '.', '..', 'a/../b', 'a/./b', 'a\0b', `a${'/a'.repeat(300)}`])
    expect(() => mapper.map(path)).toThrow(TransferError)
  const inside = ['b', './b', '../b', '../../c', 'x/y', '..']
  for (const target of inside) expect([target, isLinkInside('d/e/f', target)]).toEqual([target, true])
  for (const target of ['', '/etc', '../../../x', 'x/../..', '..\\x', 'C:x', 'a\0', '\\\\host\\x'])
    expect([target, isLinkInside('d/e/f', target)]).toEqual([target, false])
})

test('a name for people shows characters that are not seen', () => {
  expect(escapeName('a\u001b[31mb\u202e')).toBe('a\\u{1b}[31mb\\u{202e}')
})

const tricks = [
  '..',
  '.',
  '',
  'a',
  'A',
  'b',
  'c:',
  'C:',
  '\\',
  '..\\..',
  '\\\\srv\\share',
  'con',
  'nul.txt',
  'a.',
  '..%2f',
  '%2e%2e',
  '.p2pd-part',
  '.P2PD-PART',
  '.p2pd\u200d-part',
  'x\0y',
  '~',
  '$HOME',
  '-rf',
  '\u202e',
  'ｅｔｃ',
  'etc',
  'l',
  'm',
  '...',
  ' ',
  '.. ',
]

/** The end of a path, with the links of the manifest followed as a system does; undefined when it leads outside. */
function followed(links: ReadonlyMap<string, string>, path: string, depth = 0): string | undefined {
  if (depth > 40) return ''
  const at: string[] = []
  const names = path.split('/')
  for (const [i, name] of names.entries()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (at.length === 0) return undefined
      at.pop()
      continue
    }
    const target = links.get([...at, name].join('/'))
    if (target === undefined) at.push(name)
    else return followed(links, [...at, target, ...names.slice(i + 1)].join('/'), depth + 1)
  }
  return at.join('/')
}

test('100,000 hostile manifests name nothing outside of the folder, on no system, links included', () => {
  let [mapped, refused, linked] = [0, 0, 0]
  for (let seed = 0; seed < 100_000; seed++) {
    const dice = new Dice(seed)
    const rules = { portable: dice.chance(0.7) }
    const mapper = new PathMapper(rules)
    const links = new Map<string, string>()
    for (let entry = 0; entry < 3; entry++) {
      const pathOf = () => Array.from({ length: 1 + dice.below(4) }, () => dice.pick(tricks)).join('/')
      try {
        const { path } = mapper.map(
          dice.chance(0.7) ? pathOf().replaceAll(/(^|\/)(\.\.?|)(?=\/|$)/g, '$1d') : pathOf(),
        )
        mapped++
        const resolved = posix.resolve('/dir', path)
        if (!resolved.startsWith('/dir/') || resolved.startsWith('/dir/.p2pd-part'))
          throw new Error(`outside: ${path}`)
        if (rules.portable && win32.resolve('D:\\dir', path) !== win32.join('D:\\dir', path))
          throw new Error(`outside: ${path}`)
        if (rules.portable && /[:\\]|[. ](\/|$)/.test(path)) throw new Error(`not portable: ${path}`)
        const target = pathOf()
        if (dice.chance(0.5) && isLinkInside(path, target)) links.set(path, target)
      } catch (error) {
        if (!(error instanceof TransferError)) throw error
        refused++
      }
    }
    linked += links.size
    for (const link of links.keys())
      if (followed(links, link) === undefined) throw new Error(`${seed}: ${link} leads outside`)
  }
  expect([mapped, refused, linked].every((count) => count > 20_000)).toBe(true)
})
