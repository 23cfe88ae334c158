import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Every process of a kernel lab, and each of its child processes, carries the lab's tag in this variable. */
export const LAB_VARIABLE = 'P2PD_LAB'
/** Set for the process that keeps a host's namespace alive. */
export const KEEPER_VARIABLE = 'P2PD_LAB_KEEPER'
/** The host that a program runs on. */
export const HOST_VARIABLE = 'P2PD_LAB_HOST'

/** Rounds of ending processes, because a process can start another one meanwhile. */
const END_ROUNDS = 50

let labs = 0

/** A unique tag: a process id can be used again, but not with the same start time in the same PID namespace. */
export function newLabTag(): string {
  return `${pidNamespace()}-${process.pid}-${startTime(process.pid)}-${++labs}`
}

/** Orders tags by the start time of the lab's process, then by the number of the lab in that process. */
export function compareTags(a: string, b: string): number {
  const [[startA, labA], [startB, labB]] = [a, b].map((tag) => tag.split('-').slice(2).map(Number)) as [
    [number, number],
    [number, number],
  ]
  return startA - startB || labA - labB
}

/** A process that belongs to a kernel lab. */
export interface LabProcess {
  readonly pid: number
  readonly tag: string
  /** The host it runs on. */
  readonly host: string | undefined
  readonly isKeeper: boolean
  /** The environment variables that labs set. */
  readonly environment: ReadonlyMap<string, string>
}

/** The processes of all kernel labs that this user may see, found by their environment. */
export function labProcesses(): LabProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const environment = environmentOf(Number(name))
      const tag = environment.get(LAB_VARIABLE)
      if (tag === undefined || Number(name) === process.pid) return []
      const host = environment.get(HOST_VARIABLE)
      const isKeeper = environment.has(KEEPER_VARIABLE)
      return [{ pid: Number(name), tag, host, isKeeper, environment }]
    })
}

/** Ends the processes of one lab and their children. The kernel then removes the namespaces and devices. */
export function endLab(tag: string): void {
  for (let round = 0; round < END_ROUNDS; round++) {
    const ours = labProcesses().filter((process) => process.tag === tag)
    if (ours.length === 0) return
    for (const { pid } of ours) endProcess(pid)
  }
}

/** Ends the processes of labs whose own process is gone, and returns the tags of these labs. */
export function removeLeftovers(): string[] {
  const dead = new Set(labProcesses().flatMap(({ tag }) => (isOrphaned(tag) ? [tag] : [])))
  for (const tag of dead) endLab(tag)
  return [...dead]
}

/** Whether the process that made a lab is gone. False for labs of other PID namespaces, which cannot be seen. */
function isOrphaned(tag: string): boolean {
  const [namespace, pid, start] = tag.split('-')
  return namespace === pidNamespace() && startTime(Number(pid)) !== start
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process ended by itself meanwhile.
  }
}

function environmentOf(pid: number): Map<string, string> {
  const entries = readProc(`${pid}/environ`)
    .split('\0')
    .filter((entry) => entry.startsWith(LAB_VARIABLE))
  return new Map(entries.map((entry) => entry.split('=', 2) as [string, string]))
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold any text; undefined for a zombie. proc(5). */
function startTime(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`)
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? undefined : fields[18]
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return '' // gone, or another user's
  }
}
