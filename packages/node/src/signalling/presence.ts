import { equalBytes } from '@p2pd/netif'
import { decodeMap, encodeMap } from '../wire/cbor.ts'
import { CONNECTION_ID_LENGTH } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Signal } from './signal.ts'

/** The type of the message, beside those of offers and answers, and the keys it has. */
const PRESENCE = 2
const PresenceKey = { type: 1, instance: 8 } as const

/** Encodes the message by which a node tells other programs of its own identity that it listens. */
export function encodePresence(instance: Uint8Array): Uint8Array {
  return encodeMap([
    [PresenceKey.type, PRESENCE],
    [PresenceKey.instance, instance],
  ])
}

/**
 * The 16 random bytes of the program that listens; undefined for any other message. Throws `NODE_BAD_MESSAGE` for bytes that
 * are not a map.
 */
export function decodePresence(bytes: Uint8Array): Uint8Array | undefined {
  const map = decodeMap(bytes, badMessage)
  const instance = map.get(PresenceKey.instance)
  const isPresence = map.get(PresenceKey.type) === PRESENCE && instance instanceof Uint8Array
  return isPresence && instance.length === CONNECTION_ID_LENGTH ? instance : undefined
}

/** The parts that a presence works with. */
export interface PresenceOptions {
  readonly publicKey: Uint8Array
  readonly runtime: Pick<Runtime, 'random' | 'log'>
  /** Sends a message to this node's own key. */
  readonly send: (body: Uint8Array) => Promise<void>
  /** Called once for each other program that listens with the same identity. */
  readonly onShared: () => void
}

/** More programs of one identity are not told apart. */
const MAX_KNOWN = 64

/** Finds out whether other programs listen with the same identity: each tells its own key that it listens, and answers. */
export class Presence {
  readonly #options: PresenceOptions
  readonly #instance: Uint8Array
  readonly #known = new Set<string>()

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#instance = options.runtime.random(CONNECTION_ID_LENGTH)
  }

  /** Tells the others. Without a broker nobody learns of it. */
  async tell(): Promise<void> {
    const { send, runtime } = this.#options
    await send(encodePresence(this.#instance)).catch((error: Error) => {
      runtime.log?.('presence-not-sent', { reason: error.message })
    })
  }

  /** Takes the message of a program that listens; only those of this identity count. */
  receive(from: Uint8Array, instance: Uint8Array): void {
    const { publicKey, onShared } = this.#options
    const key = instance.join()
    if (!equalBytes(from, publicKey) || equalBytes(instance, this.#instance)) return
    if (this.#known.has(key) || this.#known.size >= MAX_KNOWN) return
    this.#known.add(key)
    onShared()
    void this.tell()
  }
}

/** The presence of a node that has signalling. */
export function openPresence(
  signal: Pick<Signal, 'ready' | 'send'> | undefined,
  options: Omit<PresenceOptions, 'send'>,
): Presence | undefined {
  if (signal === undefined) return undefined
  const send = async (body: Uint8Array) => {
    await signal.ready()
    await signal.send(options.publicKey, body, { answer: true })
  }
  return new Presence({ ...options, send })
}

function badMessage(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `signalling message refused: ${what}`)
}
