import { expect, test } from '@jest/globals'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { commandLine, quoted } from '../../testdata/start-process.ts'
import { inFolder, run } from '../../testdata/run.ts'
import { SCRIPTS, SHELLS } from './scripts.ts'

/** The candidates for the last word. */
async function offered(words: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const command = run(['complete', '--', ...words], env)
  expect(await command.status).toBe(0)
  return (await command.text())
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']))
}

test('commands, groups, options and choices are offered', async () => {
  expect(await offered(['net'])).toEqual(['netcheck'])
  expect(await offered(['contact', ''])).toEqual(expect.arrayContaining(['add', 'list', 'remove']))
  expect(await offered(['lab', 'matrix', '--k'])).toEqual(['--kernel'])
  expect(await offered(['id', '--log-level', ''])).toEqual(['silent', 'error', 'info', 'debug'])
  expect(await offered(['completion', ''])).toEqual([...SHELLS])
  expect(await offered(['lab', 'run', ''])).toEqual([]) // A file: the shell knows these.
  expect(await offered(['connect', '--send', ''])).toEqual([])
  expect(await offered(['frobnicate', ''])).not.toContain('frobnicate')
})

test('with --json the script is an object', async () => {
  const command = run(['completion', 'bash', '--json'])
  expect(await command.status).toBe(0)
  expect(JSON.parse(await command.text())).toEqual({
    event: 'completion',
    shell: 'bash',
    script: SCRIPTS.bash,
  })
})

test('contacts are offered where a peer stands', () =>
  inFolder(async (path) => {
    const env = { XDG_CONFIG_HOME: path(''), APPDATA: path('') }
    const { id } = JSON.parse(await run(['id', '--json', '--identity', path('bob.pem')]).text()) as {
      id: string
    }
    expect(await run(['contact', 'add', 'bob', id], env).status).toBe(0)
    expect(await offered(['connect', ''], env)).toEqual(['bob'])
    expect(await offered(['connect', '--timeout', '3s', 'b'], env)).toEqual(['bob'])
    expect(await offered(['connect', 'x'], env)).toEqual([])
  }))

test('a contacts file that cannot be read offers nobody', () =>
  inFolder(async (path) => {
    const env = { XDG_CONFIG_HOME: path(''), APPDATA: path('') }
    expect(await run(['contact', 'list'], env).status).toBe(0)
    writeFileSync(path('contacts.json'), '{')
    expect(await offered(['connect', ''], env)).toEqual([])
  }))

test('bash completes with the script', () =>
  inFolder(async (path) => {
    const words = 'COMP_WORDS=(p2pd lab po); COMP_CWORD=2; _p2pd; echo "${COMPREPLY[@]}"'
    const script = `p2pd() { ${quoted(commandLine([]))} "$@"; }\ncomplete() { :; }\n${SCRIPTS.bash}\n${words}`
    writeFileSync(path('try.sh'), script)
    const env = { ...process.env, NODE_OPTIONS: '' }
    expect(execFileSync('bash', [path('try.sh')], { encoding: 'utf8', env })).toBe('population\n')
  }))

for (const shell of ['zsh', 'fish'] as const) {
  const missing = spawnSync(shell, ['--version']).error !== undefined
  const when = missing ? test.skip : test
  when(`${shell} takes the script${missing ? ` (skipped: ${shell} is not installed)` : ''}`, () =>
    inFolder(async (path) => {
      writeFileSync(path('script'), SCRIPTS[shell])
      execFileSync(shell, ['-n', path('script')])
    }),
  )
}
