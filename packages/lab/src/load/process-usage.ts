import { readFileSync } from 'node:fs'
import { LabError } from '../lab-error.ts'

/** The memory and processor time of processes. */
export interface ProcessUsage {
  /** In memory, without what the kernel keeps for their sockets. */
  readonly bytes: number
  /** Time of a processor, theirs and that of the kernel for them. */
  readonly cpuMs: number
}

/** A clock tick of `/proc` on Linux, whatever the kernel's own is. */
const TICK_MS = 10

/** The usage of all processes together, by Linux. Throws `LAB_LOAD_REFUSED` when one has ended, or elsewhere than on Linux. */
export function usageOf(pids: readonly number[]): ProcessUsage {
  const usages = pids.map(usageOfOne)
  return {
    bytes: usages.reduce((sum, { bytes }) => sum + bytes, 0),
    cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  }
}

function usageOfOne(pid: number): ProcessUsage {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status')) ?? []
  // The name of a program, in parentheses, may have blanks. The fields 14 and 15 are the times.
  const fields = readProc(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  if (kilobytes === undefined) throw new LabError('LAB_LOAD_REFUSED', `process ${pid} has ended`)
  return { bytes: Number(kilobytes) * 1024, cpuMs: ticks * TICK_MS }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (cause) {
    throw new LabError('LAB_LOAD_REFUSED', `the usage of process ${pid} can't be read`, { cause })
  }
}
