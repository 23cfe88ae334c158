import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Sealing } from '../pairing/pairing-keys.ts'
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

const nonce = new Uint8Array(12)
const options = { authTagLength: 16 }

/** Sealing by Node.js, each key used once. RFC 8439 §2.8. */
export const plainSealing: Sealing = {
  seal(key, plaintext) {
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, options)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  },
  open(key, sealed) {
    if (sealed.length < 16) return undefined
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, options)
    decipher.setAuthTag(sealed.subarray(sealed.length - 16))
    const plaintext = decipher.update(sealed.subarray(0, sealed.length - 16))
    try {
      decipher.final()
      return plaintext
    } catch {
      return undefined
    }
  },
}
