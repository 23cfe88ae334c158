import { expect, test } from '@jest/globals'
import { describedCommands } from '../testdata/check-events.ts'
import { run } from '../testdata/run.ts'
import { allCommands } from './command-tree.ts'
import { exampleOf } from './examples.ts'
import { wholeProgram } from './whole-program.ts'

/** A terminal of the usual size. */
const [LINES, COLUMNS] = [24, 80]
const commands = allCommands(wholeProgram().program)

test.each(commands.map(({ words }) => [words]))(
  'p2pd %s --help fits a screen and has an example',
  async (words) => {
    const help = run([...words.split(' '), '--help'])
    expect(await help.status).toBe(0)
    const text = await help.text()
    expect(text).toContain(`Example: ${exampleOf(words)}`)
    const lines = text.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(LINES)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(COLUMNS)
  },
)

test('each example begins with the words of its command', () => {
  for (const { words } of commands) expect(exampleOf(words)).toMatch(new RegExp(`^p2pd ${words}( |$)`))
})

test('docs/cli.schema.json describes the events of every command', () => {
  expect(describedCommands()).toEqual(expect.arrayContaining(commands.map(({ words }) => words)))
})
