import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { type RunningHost, runningHosts } from '@p2pd/lab'
import { CliError, ProgramEnded } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { relayOutput } from './relay-output.ts'

export interface ShellOptions {
  /** The lab's id, when several run. */
  readonly run?: string
}

/** A shell reports a program that a signal has ended as this plus the number of the signal. POSIX.1-2017, 2.8.2. */
const SIGNAL_STATUS = 128

/** `p2pd lab shell`: runs a shell, or another program, on a host of a lab that is up. */
export async function shell(
  { output, env }: Context,
  host: string,
  command: readonly string[],
  options: ShellOptions,
): Promise<void> {
  const { enter } = findHost(runningHosts(), host, options.run)
  const program = command.length > 0 ? command : [env.SHELL || '/bin/sh']
  const child = spawn(enter.command, [...enter.args, ...program], {
    stdio: output.json ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    // The lab's own programs must print plain English; people read what they are used to.
    env: { ...enter.env, LC_ALL: env.LC_ALL },
  })
  // Ctrl-C reaches the child from the terminal; what it does about it is up to the child.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  process.on('SIGTERM', pass).on('SIGHUP', pass)
  try {
    const relayed = output.json ? relayOutput(output, host, child) : undefined
    const [status, signal] = (await once(child, 'exit')) as [number, NodeJS.Signals | null]
    await relayed
    if (signal !== null) throw new ProgramEnded(SIGNAL_STATUS + constants.signals[signal])
    if (status !== 0) throw new ProgramEnded(status)
  } finally {
    process.off('SIGTERM', pass).off('SIGHUP', pass)
  }
}

/** The host of that name in the lab asked for, or in the newest that has one. */
function findHost(hosts: readonly RunningHost[], name: string, lab: string | undefined): RunningHost {
  const found = hosts.find((host) => host.name === name && (lab === undefined || host.lab === lab))
  if (found !== undefined) return found
  if (hosts.length === 0)
    throw new CliError('CLI_LAB_HOST', 'no lab is up: start one with `p2pd lab run SCENARIO`')
  const labs = [...new Set(hosts.map((host) => host.lab))].map((each) => {
    const names = hosts.filter((host) => host.lab === each).map((host) => host.name)
    return `${names.sort().join(', ')} (--run ${each})`
  })
  const wanted = `no host ${JSON.stringify(name)}${lab === undefined ? '' : ` in run ${lab}`}`
  throw new CliError('CLI_LAB_HOST', `there is ${wanted}; there are ${labs.join('; ')}`)
}
