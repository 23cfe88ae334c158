import { expect, test } from '@jest/globals'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { examplesIn, readmes, withExamples } from './readme-examples.ts'

test.each(readmes())('%s shows its examples as they are', (path) => {
  const readme = readFileSync(path, 'utf8')
  const read = (example: string) => readFileSync(join(dirname(path), example), 'utf8')
  expect(withExamples(readme, read)).toBe(readme)
})

test.each(readmes())('%s shows every example of its package', (path) => {
  const folder = join(dirname(path), 'examples')
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ts')) : []
  expect(examplesIn(readFileSync(path, 'utf8'))).toEqual(
    expect.arrayContaining(files.map((name) => `examples/${name}`)),
  )
})

test('an example that is out of date is put right', () => {
  expect(withExamples('a\n<!-- x.ts -->\n```ts\nold\n```\nb', () => 'new\n')).toBe(
    'a\n<!-- x.ts -->\n```ts\nnew\n```\nb',
  )
})
