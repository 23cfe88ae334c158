import { readlinkSync } from 'node:fs'
import { programEnvironment } from './kernel-support.ts'
import { compareTags, KEEPER_VARIABLE, labProcesses } from './namespaces/lab-tag.ts'
import { enterArguments } from './namespaces/namespace.ts'

/** A host of a kernel Internet that runs now, in this process or another one. */
export interface RunningHost {
  readonly name: string
  /** The `id` of its `KernelInternet`. */
  readonly lab: string
  /** Runs a program there: `spawn(enter.command, [...enter.args, 'sh'], { env: enter.env })`. */
  readonly enter: {
    readonly command: string
    readonly args: readonly string[]
    readonly env: NodeJS.ProcessEnv
  }
}

/** The hosts of all running kernel Internets of this user, newest first. `lab shell` chooses from them. */
export function runningHosts(): RunningHost[] {
  return labProcesses()
    .filter(({ isKeeper }) => isKeeper)
    .sort((a, b) => compareTags(b.tag, a.tag))
    .map(({ pid, tag, host = '', environment }) => {
      const variables = [...environment].filter(([name]) => name !== KEEPER_VARIABLE)
      const args = enterArguments(pid, isInOtherUserNamespace(pid), process.cwd())
      const env = { ...programEnvironment(), ...Object.fromEntries(variables) }
      return { name: host, lab: tag, enter: { command: 'nsenter', args, env } }
    })
}

function isInOtherUserNamespace(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`) !== readlinkSync('/proc/self/ns/user')
  } catch {
    return false // The host has just ended; entering it will report that.
  }
}
