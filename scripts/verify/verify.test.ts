import { describe, expect, test } from '@jest/globals'
import { CommandError } from '../setup/run-command.mjs'
import { runSteps } from './run-steps.mjs'
import { countLine, describeSkipped, jestTotals, skipReason } from './totals.mjs'

type Steps = Parameters<typeof runSteps>[0]

async function run(steps: Steps) {
  const lines: string[] = []
  const totals = await runSteps(steps, (line) => lines.push(line))
  return { lines: lines.map((line) => line.replace(/\d+\.\d s/, 'T s')), last: countLine(totals) }
}

const passes = async () => {}

describe('steps', () => {
  test('each counts as one, but for the tests', async () => {
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
    expect(lines.slice(2)).toEqual([
      'build             skipped   T s: needs "dependencies"',
      'published         skipped   T s: needs "build"',
    ])
    expect(last).toBe('0 passed, 1 failed, 2 skipped')
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

  test('say what program is missing', () => {
    expect(skipReason('answers a stun client (stun is not installed)')).toBe('stun is not installed')
    expect(skipReason('answers (over TCP)')).toMatch('no reason given')
  })

  test('leave out what was not asked for', () => {
    expect(jestTotals(results, { rootDir: '/w', testNamePattern: 'DROPS' })).toMatchObject({ skipped: 1 })
  })
})
