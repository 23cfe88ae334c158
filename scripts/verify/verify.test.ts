import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import jestConfig from '../../jest.config.mjs'
import { testFiles } from '../parity.ts'
import { CommandError } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import { jestArguments } from './run-jest.mjs'
import { runSteps } from './run-steps.mjs'
import { groups, real, virtualTests } from './test-groups.mjs'
import {
  countLine,
  describeFailed,
  describeSkipped,
  jestProblem,
  jestTotals,
  skipReason,
  workerDied,
} from './totals.mjs'

type Steps = Parameters<typeof runSteps>[0]

async function run(steps: Steps) {
  const lines: string[] = []
  const totals = await runSteps(steps, (line) => lines.push(line))
  return { lines: lines.map((line) => line.replace(/\d+\.\d s/, 'T s')), last: countLine(totals) }
}

const passes = async () => {}

describe('steps', () => {
  test('each counts as one, except for the tests', async () => {
    const tests = async () => ({ totals: { passed: 7, failed: 0, skipped: 2 } })
    const { lines, last } = await run([
      { title: 'lint', run: passes },
      { title: 'tests', run: tests },
      { title: 'Debian packages', run: async () => ({ skipped: 'not root' }) },
    ])
    expect(last).toBe('8 passed, 0 failed, 3 skipped')
    expect(lines[2]).toBe('Debian packages   skipped   T s: not root')
  })

  test('a failure says why and what to do, and does not keep the others from running', async () => {
    const fails = async () => {
      throw new CommandError('exit status 1', 'a.ts is badly formatted')
    }
    const { lines, last } = await run([
      { title: 'format', run: fails, advice: 'biome format --write .' },
      { title: 'lint', run: passes },
    ])
    expect(lines).toEqual([
      'a.ts is badly formatted\nexit status 1',
      'format            FAILED    T s',
      '                  biome format --write .',
      'lint              passed    T s',
      'FAILED: format',
      '    a.ts is badly formatted',
      '    exit status 1',
    ])
    expect(last).toBe('1 passed, 1 failed, 0 skipped')
  })

  test('what needs a step that failed is skipped, and what needs that', async () => {
    const fails = async () => ({ failed: 'no network' })
    const { lines, last } = await run([
      { title: 'dependencies', run: fails },
      { title: 'build', run: passes, needs: ['dependencies'] },
      { title: 'published', run: passes, needs: ['build'] },
    ])
    expect(lines.slice(2, 4)).toEqual([
      'build             skipped   T s: needs "dependencies"',
      'published         skipped   T s: needs "build"',
    ])
    expect(last).toBe('0 passed, 1 failed, 2 skipped')
  })

  test('the lists of a list inside the list run side by side, and each step counts', async () => {
    let goOn = () => {}
    const started = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const fails = async () => {
      goOn()
      throw new CommandError('exit status 2', 'broken link')
    }
    const { lines, last } = await run([
      [
        [{ title: 'types', run: () => started }],
        [
          { title: 'documentation', run: fails },
          { title: 'published', run: passes, needs: ['documentation'] },
        ],
      ],
      { title: 'site', run: passes, needs: ['published'] },
    ])
    expect(new Set(lines)).toEqual(
      new Set([
        'types             passed    T s',
        'broken link\nexit status 2',
        'FAILED: documentation',
        '    broken link',
        '    exit status 2',
        'documentation     FAILED    T s',
        'published         skipped   T s: needs "documentation"',
        'site              skipped   T s: needs "published"',
      ]),
    )
    expect(last).toBe('1 passed, 1 failed, 2 skipped')
  })

  test('a defect of the step itself is a failure', async () => {
    const breaks = async () => {
      throw new TypeError('x is not a function')
    }
    expect((await run([{ title: 'lint', run: breaks }])).last).toBe('0 passed, 1 failed, 0 skipped')
  })
})

describe('the results of jest', () => {
  const results = {
    numPassedTests: 3,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 1,
    testResults: [
      {
        testFilePath: '/w/packages/lab/test/kernel.test.ts',
        testResults: [
          { status: 'passed', fullName: 'forwards' },
          { status: 'pending', fullName: 'kernel (skipped: not root (0)) routes' },
          { status: 'pending', fullName: 'kernel (skipped: not root (0)) drops' },
          { status: 'todo', fullName: 'hairpins' },
        ],
      },
    ],
  }

  test('count files that do not run as failed, and name what is skipped', () => {
    const totals = jestTotals(results, { rootDir: '/w' })
    expect(totals).toMatchObject({ passed: 3, failed: 2, skipped: 3 })
    expect(describeSkipped(totals.skippedTests)).toEqual([
      'skipped 2 of packages/lab/test/kernel.test.ts: not root (0)',
      '    kernel routes',
      '    kernel drops',
      'skipped 1 of packages/lab/test/kernel.test.ts: no reason given; end its title with (skipped: why)',
      '    hairpins',
    ])
  })

  test('tell at the end what failed, also in a file that does not run', () => {
    const failed = {
      status: 'failed',
      fullName: 'keeps',
      failureMessages: ['\u001b[31mlost\u001b[39m\n\n at x'],
    }
    const at = '    at open (/w/packages/a/src/d.test.ts:5:3)'
    const inGroup = { status: 'failed', fullName: 'opens', failureMessages: [`shut\n${at}`] }
    const files = [
      { testFilePath: '/w/a.test.ts', testResults: [failed, { status: 'passed', fullName: 'ends' }] },
      { testFilePath: '/w/b.test.ts', testResults: [], failureMessage: 'no such module' },
      { testFilePath: '/w/c.group.mjs', testResults: [inGroup] },
    ]
    const { failedTests } = jestTotals({ ...results, testResults: files }, { rootDir: '/w' })
    expect(describeFailed(failedTests)).toEqual([
      'failed: a.test.ts: keeps',
      '    lost',
      '     at x',
      'failed: b.test.ts: the whole file',
      '    no such module',
      'failed: packages/a/src/d.test.ts: opens',
      '    shut',
      `    ${at}`,
    ])
  })

  test('say what program is missing', () => {
    expect(skipReason('answers a stun client (stun is not installed)')).toBe('stun is not installed')
    expect(skipReason('answers (over TCP)')).toMatch('no reason given')
  })

  test('leave out what was not asked for', () => {
    expect(jestTotals(results, { rootDir: '/w', testNamePattern: 'DROPS' })).toMatchObject({ skipped: 1 })
  })
  test('that are to come are named', () => {
    const { running } = jestTotals(results, { rootDir: '/w' }, ['/w/packages/lab/test/nat.test.ts'])
    expect(running).toEqual(['packages/lab/test/nat.test.ts'])
  })
})

describe('what goes wrong with jest itself', () => {
  const totals = {
    passed: 3,
    failed: 0,
    skipped: 0,
    skippedTests: [],
    failedTests: [],
    running: [] as string[],
  }

  test('is nothing when it ends well, and nothing more than the tests that failed', () => {
    expect(jestProblem({ output: '', totals })).toBeUndefined()
    expect(
      jestProblem({ why: 'exit status 1', output: '', totals: { ...totals, failed: 2 } }),
    ).toBeUndefined()
  })

  test('is reported with the files it did not finish', () => {
    expect(jestProblem({ why: 'exit status 1', output: '', totals })).toBe('exit status 1')
    expect(jestProblem({ why: 'ended by SIGSEGV', output: '', totals: undefined })).toBe('ended by SIGSEGV')
    const hung = { ...totals, failed: 1, running: ['a.test.ts', 'b.test.ts'] }
    expect(jestProblem({ why: 'took longer than 9 s', output: '', totals: hung })).toBe(
      'took longer than 9 s, with a.test.ts, b.test.ts unfinished',
    )
  })

  test('is also what jest takes for none: a worker that dies, or keeps something open', () => {
    expect(jestProblem({ output: `x\n${workerDied} (1)\n`, totals })).toBe(workerDied)
    const stayed = 'A worker process has failed to exit gracefully and has been force exited.'
    expect(jestProblem({ output: stayed, totals })).toMatch('failed to exit')
  })
})

describe('groups of tests', () => {
  const isReal = (path: string) => real.some((pattern) => new RegExp(pattern).test(path))

  test('are told apart by their names', () => {
    expect(jestConfig.projects[0]?.testPathIgnorePatterns).toEqual(expect.arrayContaining(real))
    expect(isReal('packages/stun/src/client/binding-request.integration.test.ts')).toBe(true)
    expect(isReal('packages/lab/test/kernel/run.test.ts')).toBe(true)
    expect(isReal('packages/lab/test/nat/kernel.test.ts')).toBe(true)
    expect(isReal('packages/lab/src/kernel/packets/packet-codec.test.ts')).toBe(false)
  })

  test('each of the others is in one group or has a process of its own', () => {
    const all = [...testFiles()].map(([path]) => path).filter((path) => !isReal(path))
    const parts = Object.values(groups).map((folders) => virtualTests(folders))
    const covered = parts.flatMap(({ grouped, alone }) => [...grouped, ...alone])
    const inPackages = covered.filter((path) => !path.startsWith('scripts/'))
    expect(inPackages.toSorted()).toEqual(all.toSorted())
    const files = readdirSync(join(import.meta.dirname, 'groups')).toSorted()
    expect(files).toEqual(Object.keys(groups).map((name) => `${name}.group.mjs`))
  })

  const kernel = 'packages/lab/test/punch/kernel.test.ts'
  test.each([
    [['scripts/verify/verify.test.ts'], [import.meta.filename]],
    [['-t', 'words', kernel], [join(root, kernel)]],
    [['--selectProjects', 'real', '--', kernel], [join(root, kernel)]],
    [
      ['--selectProjects', 'grouped', '--', 'groups/apps'],
      [join(root, 'scripts/verify/groups/apps.group.mjs')],
    ],
  ])('jest takes %j for these files alone', async (args, files) => {
    const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--listTests', ...jestArguments(args)]
    const { stdout } = await promisify(execFile)(process.execPath, jest, { cwd: root })
    expect(stdout.split('\n').filter((line) => line.startsWith(root))).toEqual(files)
  })

  test('tests of the network have such names', () => {
    const network = /\b(describeKernel|systemNetwork)\b/
    const misnamed = [...testFiles()].filter(([path, text]) => network.test(text) && !isReal(path))
    expect(misnamed.map(([path]) => path)).toEqual([])
  })
})
