import { endLab } from './lab-tag.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const open = new Set<string>()

/** Ends a lab when this process exits, or when a signal ends it that no other listener handles. */
export function guardLab(tag: string): void {
  if (open.size === 0) {
    process.on('exit', endAll)
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
  open.add(tag)
}

/** Forgets a lab that has been closed. */
export function unguardLab(tag: string): void {
  if (!open.delete(tag) || open.size > 0) return
  process.off('exit', endAll)
  for (const signal of SIGNALS) process.off(signal, onSignal)
}

function endAll(): void {
  for (const tag of open) endLab(tag)
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return // The program handles the signal itself.
  endAll()
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}
