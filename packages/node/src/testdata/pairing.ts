import type { PairingBroker } from '../pairing/run-pairing.ts'

interface Published {
  readonly topic: string
  readonly payload: Uint8Array
}

/** A broker in memory that records everything. `deliver` says which copies arrive. */
export function memoryPairingBroker(deliver: (payload: Uint8Array) => readonly Uint8Array[] = (payload) => [payload]) {
  const listeners = new Map<string, Set<(payload: Uint8Array) => void>>()
  const retained = new Map<string, Uint8Array>()
  const log: Published[] = []
  const broker: PairingBroker = {
    publish: async (topic, payload, { retain }) => {
      log.push({ topic, payload })
      if (retain && payload.length > 0) retained.set(topic, payload)
      if (retain && payload.length === 0) retained.delete(topic)
      await Promise.resolve()
      for (const copy of deliver(payload)) for (const listener of [...(listeners.get(topic) ?? [])]) listener(copy)
    },
    subscribe: async (topic, listener) => {
      const own = listeners.get(topic) ?? new Set()
      listeners.set(topic, own.add(listener))
      const kept = retained.get(topic)
      if (kept !== undefined) queueMicrotask(() => listener(kept))
      return () => void own.delete(listener)
    },
  }
  return { broker, log, retained }
}
