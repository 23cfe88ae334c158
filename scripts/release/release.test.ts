import { expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oddVersions } from './copy.ts'

test('a package that missed the version is named, unless it is private', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-versions-'))
  try {
    const write = (path: string, manifest: object) => {
      mkdirSync(join(folder, path), { recursive: true })
      writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest))
    }
    write('packages/stun', { name: '@p2pd/stun', version: '1.0.0' })
    write('packages/turn', { name: '@p2pd/turn', version: '0.9.0' })
    write('apps/page', { name: '@p2pd/page', version: '0.0.0', private: true })
    expect(oddVersions(folder, '1.0.0')).toEqual(['@p2pd/turn has version 0.9.0, not 1.0.0'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
