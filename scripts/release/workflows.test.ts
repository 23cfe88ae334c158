import { describe, expect, test } from '@jest/globals'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readManifest, root } from '../setup/workspace.mjs'
import { nodeLines } from '../published/node-versions.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number
        readonly permissions?: Readonly<Record<string, string>>
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> }
        readonly steps: readonly Step[]
      }
    >
  >
}

const folder = join(root, '.github', 'workflows')
const workflow = (name: string) => parse(readFileSync(join(folder, name), 'utf8')) as Workflow
const stepsOf = (name: string) => Object.values(workflow(name).jobs).flatMap(({ steps }) => steps)

/** The commands of a workflow: lines to run, and those that an action is given. */
function commandsOf(name: string): string[] {
  return stepsOf(name).flatMap(({ run, with: inputs = {} }) =>
    [run, inputs['version'], inputs['publish']].filter((text) => typeof text === 'string'),
  )
}

describe.each(readdirSync(folder))('%s', (name) => {
  test('each script and each file that it names exists', () => {
    const { scripts } = readManifest('.') as { scripts: Readonly<Record<string, string>> }
    const text = commandsOf(name).join('\n')
    const named = [...text.matchAll(/\bnpm (?:run )?((?!install|config)[\w:]+)/g)].map(
      ([, script = '']) => script,
    )
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([])
    const files = [...text.matchAll(/\bnode (\S+\.mjs)/g)].map(([, file = '']) => file)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('a job has a time limit, may only read by default, and installs a supported Node.js', () => {
    const { jobs, permissions } = workflow(name)
    expect(permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
    const versions = stepsOf(name).flatMap((step) => step.with?.['node-version'] ?? [])
    expect(versions.length).toBe(Object.keys(jobs).length)
    for (const version of versions) expect(nodeLines).toContain(version)
  })
})

test('CI runs on the three systems', () => {
  const { test: job } = workflow('ci.yml').jobs
  expect(job?.strategy?.matrix['os']).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest'])
})

test('the release may sign provenance, and is tried before it is made', () => {
  const { release } = workflow('release.yml').jobs
  expect(release?.permissions).toMatchObject({ 'id-token': 'write' })
  const commands = commandsOf('release.yml')
  const dry = commands.findIndex((command) => command.includes('--dry'))
  expect(dry).toBeGreaterThan(-1)
  expect(commands.findIndex((command) => command.includes('release:publish'))).toBeGreaterThan(dry)
})
