import { expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatUnit } from './systemd-unit.ts'

test('words of the command keep their blanks, and systemd expands none of them', () => {
  const command = ['/usr/bin/node', '/home/a b/p2pd.js', 'daemon', '100%', '$HOME', 'a"b']
  const unit = formatUnit({ command, scope: 'user' })
  expect(unit).toContain('ExecStart=/usr/bin/node "/home/a b/p2pd.js" daemon 100%% $$HOME "a\\"b"\n')
  expect(unit).not.toContain('DynamicUser')
})

const verify = existsSync('/usr/bin/systemd-analyze') ? test : test.skip

verify('systemd finds nothing wrong with the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-unit-'))
  try {
    for (const scope of ['system', 'user'] as const) {
      const file = join(folder, 'p2pd.service')
      writeFileSync(file, formatUnit({ command: [process.execPath, 'daemon'], scope }))
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      })
      expect([scope, stderr.includes('p2pd.service') ? stderr : '', status]).toEqual([scope, '', 0])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
