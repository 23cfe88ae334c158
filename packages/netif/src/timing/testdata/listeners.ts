/** The `abort` listeners that a signal has from now on. */
export function listenersOf(signal: AbortSignal): ReadonlySet<unknown> {
  const listeners = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (type: string, listener: (event: Event) => void) => {
    listeners.add(listener)
    add(type, listener)
  }
  signal.removeEventListener = (type: string, listener: (event: Event) => void) => {
    listeners.delete(listener)
    remove(type, listener)
  }
  return listeners
}
