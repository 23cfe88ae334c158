import type { Command, Option } from 'commander'
import { PassThrough } from 'node:stream'
import { createProgram } from '../program.ts'

/** Options that every command has, by their long flags. */
const COMMON = ['--json', '--servers', '--identity', '--log-level']

/** The program with the commands of all its groups, which a run only makes for the group that is named. */
export function wholeProgram(): {
  readonly program: Command
  readonly isCommon: (option: Option) => boolean
} {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const { signal: interrupted } = new AbortController()
  const groups = ['contact', 'lab', 'peers']
  const program = createProgram(groups, { stdin, stdout, stderr, env: {}, interrupted }, () => {})
  return { program, isCommon: ({ long }) => long !== undefined && COMMON.includes(long) }
}
