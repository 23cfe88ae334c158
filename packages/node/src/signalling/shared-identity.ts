import { equalBytes } from '@p2pd/netif'
import { decodeMap, encodeMap } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Signal } from './signal.ts'

/** The type of the message, beside those of offers and answers, and the keys it has. */
const INSTANCE = 2
const INSTANCE_LENGTH = 16
const InstanceKey = { type: 1, instance: 8 } as const

/** Encodes the message by which a node announces to other programs of its own identity that it listens. */
export function encodeInstance(instance: Uint8Array): Uint8Array {
  return encodeMap([
    [InstanceKey.type, INSTANCE],
    [InstanceKey.instance, instance],
  ])
}

/**
 * The 16 random bytes of the program that listens; undefined for any other message. Throws `NODE_BAD_MESSAGE` for bytes that
 * are not a map.
 */
export function decodeInstance(bytes: Uint8Array): Uint8Array | undefined {
  const map = decodeMap(bytes, badMessage)
  const instance = map.get(InstanceKey.instance)
  const isInstance = map.get(InstanceKey.type) === INSTANCE && instance instanceof Uint8Array
  return isInstance && instance.length === INSTANCE_LENGTH ? instance : undefined
}

/** The parts that the detection works with. */
export interface SharedIdentityOptions {
  readonly publicKey: Uint8Array
  readonly runtime: Pick<Runtime, 'random' | 'log'>
  /** Sends a message to this node's own key. */
  readonly send: (body: Uint8Array) => Promise<void>
  /** Called once for each other program that listens with the same identity. */
  readonly onShared: () => void
}

/** More programs of one identity are not told apart. */
const MAX_KNOWN = 64

/**
 * Finds out whether other programs listen with the same identity: each announces itself to its own key, and answers the
 * announcements of others. RFC 4862 §5.4 (by analogy).
 */
export class SharedIdentityDetector {
  readonly #options: SharedIdentityOptions
  readonly #instance: Uint8Array
  readonly #known = new Set<string>()

  constructor(options: SharedIdentityOptions) {
    this.#options = options
    this.#instance = options.runtime.random(INSTANCE_LENGTH)
  }

  /** Announces this program to the others. Without a broker nobody learns of it. */
  async announce(): Promise<void> {
    const { send, runtime } = this.#options
    await send(encodeInstance(this.#instance)).catch((error: Error) => {
      runtime.log?.('instance-not-announced', { reason: error.message })
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
    void this.announce()
  }
}

/** The detection for a node that has signalling. */
export function detectSharedIdentity(
  signal: Pick<Signal, 'ready' | 'send'> | undefined,
  options: Omit<SharedIdentityOptions, 'send'>,
): SharedIdentityDetector | undefined {
  if (signal === undefined) return undefined
  const send = async (body: Uint8Array) => {
    await signal.ready()
    await signal.send(options.publicKey, body, { answer: true })
  }
  return new SharedIdentityDetector({ ...options, send })
}

function badMessage(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `signalling message refused: ${what}`)
}
