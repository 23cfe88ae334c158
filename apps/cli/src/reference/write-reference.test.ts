import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { madeTexts } from './write-reference.ts'

test.each(Object.entries(madeTexts()))('%s is what `pnpm commands` makes', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text)
})
