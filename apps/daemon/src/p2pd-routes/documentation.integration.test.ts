import { expect, test } from '@jest/globals'
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withDaemon } from '../testdata/daemon-stage.ts'

const page = readFileSync(new URL('../../../../docs/rest.md', import.meta.url), 'utf8')
const run = promisify(execFile)

/** The examples of the page in one language, at the daemon of the test. */
function examples(language: string, port: number): string[] {
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))]
  return blocks.map(([, code = '']) => code.replaceAll('localhost:12333', `127.0.0.1:${port}`))
}

test('D1, D2: the commands of docs/rest.md run as written with curl', () =>
  withDaemon(async ({ port }) => {
    const [script = ''] = examples('sh', port)
    const { stdout } = await run('sh', ['-e', '-c', script.replaceAll('curl ', 'curl -sS -w "\\n" ')])
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(8)
    for (const line of [...lines.slice(0, 6), lines[7] ?? ''])
      expect(JSON.parse(line)).toMatchObject({ error: 0 })
    expect(JSON.parse(lines[4] ?? '')).toMatchObject({ data: 'hello' })
    expect(lines[6]).toBe('hello')
  }))

test('D1: the commands of docs/rest.md for /v1 run as written with curl', () =>
  withDaemon(async ({ port }) => {
    const [, script = ''] = examples('sh', port)
    const { stdout } = await run('sh', ['-e', '-c', script.replaceAll('curl ', 'curl -fsS -w "\\n" ')])
    const [opened = '', sent = '', received = ''] = stdout.split('\n')
    expect(JSON.parse(opened)).toMatchObject({ name: 'bob' })
    expect(JSON.parse(sent)).toEqual({ sent: 10 })
    expect(JSON.parse(received)).toMatchObject({ text: 'hello' })
  }))

test('D2: the program of docs/rest.md, which opens a tunnel, runs as written with Python', () =>
  withDaemon(async ({ port }) => {
    for (const program of examples('python', port)) {
      const { stdout } = await run('python3', ['-c', program])
      expect(stdout).toBe('hello\nthrough the tunnel\n')
    }
  }))

// Debian's Go takes 300 MB, too much for one test. The page says where the program has run.
if (spawnSync('go', ['version']).status === 0) {
  test('D2: the program of docs/rest.md runs as written with Go', () =>
    withDaemon(async ({ port, folder }) => {
      const [program = ''] = examples('go', port)
      const file = join(folder, 'main.go')
      writeFileSync(file, program)
      const { stdout } = await run('go', ['run', file])
      expect(stdout).toBe('hello\n')
    }))
}
