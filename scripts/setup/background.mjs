/** Why: work that nobody times must not slow down work that measures times. */
import { existsSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** Whether this process itself is such work. */
export const isInBackground = () => getPriority() === constants.priority.PRIORITY_LOW

/**
 * Gives a process, and what it starts from now on, the processor only when no other process wants it. `pid` must be a
 * process that leads a session, as `spawn` with `detached` makes it.
 *
 * Linux shares processors between sessions first (sched(7), "The autogroup feature"); a priority counts inside one alone.
 *
 * @param {number} pid
 */
export function yieldProcessor(pid) {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
    const autogroup = `/proc/${pid}/autogroup`
    if (existsSync(autogroup)) writeFileSync(autogroup, `${constants.priority.PRIORITY_LOW}`)
  } catch {
    // The process has ended already, or the system does not let us: then it runs as any other.
  }
}
