import { expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/workspace.mjs'
import { anchorsOf, brokenLinks, linksOf } from './links.ts'

test('every relative link and anchor of our Markdown files leads somewhere', () => {
  const options = { cwd: root, encoding: 'utf8' } as const
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'],
    options,
  )
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  const files = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
  expect(files.size).toBeGreaterThan(100)
  expect(brokenLinks(files, (path) => existsSync(join(root, path)))).toEqual([])
})

test('links that lead nowhere are named with the reason', () => {
  const files = new Map([
    [
      'docs/a.md',
      '[b](b.md#two-words) [c](../c.md) ![d](d.png) [e](#none) [f](b.md#no) [g](https://x/y) [h](../../h)',
    ],
    ['docs/b.md', '# Two words\n'],
  ])
  const exists = (path: string) => files.has(path)
  expect(brokenLinks(files, exists).map(({ link, reason }) => `${link}: ${reason}`)).toEqual([
    '../c.md: there is no c.md',
    'd.png: there is no docs/d.png',
    '#none: docs/a.md has no heading #none',
    'b.md#no: docs/b.md has no heading #no',
    '../../h: leads out of the repository',
  ])
})

test('code has no links; references and HTML have', () => {
  const text = ['`[a](b)`', '```', '[c](d)', '```', '[e]: f.md', '<a href="g.md">', '[h](i.md "title")'].join(
    '\n',
  )
  expect(linksOf(text)).toEqual(['i.md', 'f.md', 'g.md'])
})

test('anchors are those of GitHub', () => {
  const text = '# `p2pd send`: files & folders\n## Twice\n## Twice\n```\n# not one\n```\n<a id="own"></a>\n'
  expect([...anchorsOf(text)]).toEqual(['p2pd-send-files--folders', 'twice', 'twice-1', 'own'])
})
