import { equalBytes } from '@p2pd/netif'
import { decodeMap, encodeMap } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import type { RunningProgram, Runtime } from '../runtime/runtime.ts'
import type { Signal } from './signal.ts'

/** The type of the message, beside those of offers and answers, and the keys it has. */
const INSTANCE = 2
const INSTANCE_LENGTH = 16
const InstanceKey = { type: 1, instance: 8, host: 9, pid: 10 } as const
/** Names of hosts are shorter. RFC 1123 §2.1. */
const MAX_HOST = 255

/** A program that listens: 16 random bytes, and where it runs. */
export interface Instance {
  readonly id: Uint8Array
  readonly program?: RunningProgram | undefined
}

/** Encodes the message by which a node announces to other programs of its own identity that it listens. */
export function encodeInstance({ id, program }: Instance): Uint8Array {
  return encodeMap([
    [InstanceKey.type, INSTANCE],
    [InstanceKey.instance, id],
    [InstanceKey.host, program?.host.slice(0, MAX_HOST)],
    [InstanceKey.pid, program?.pid],
  ])
}

/** The program that listens; undefined for any other message. Throws `NODE_BAD_MESSAGE` for bytes that are not a map. */
export function decodeInstance(bytes: Uint8Array): Instance | undefined {
  const map = decodeMap(bytes, badMessage)
  const id = map.get(InstanceKey.instance)
  const isInstance = map.get(InstanceKey.type) === INSTANCE && id instanceof Uint8Array
  if (!isInstance || id.length !== INSTANCE_LENGTH) return undefined
  const [host, pid] = [map.get(InstanceKey.host), map.get(InstanceKey.pid)]
  const isNamed = typeof host === 'string' && host.length <= MAX_HOST && Number.isSafeInteger(pid)
  return { id, ...(isNamed && { program: { host, pid: pid as number } }) }
}

/** The parts that the detection works with. */
export interface SharedIdentityOptions {
  readonly publicKey: Uint8Array
  readonly runtime: Pick<Runtime, 'random' | 'log' | 'program'>
  /** Sends a message to this node's own key. */
  readonly send: (body: Uint8Array) => Promise<void>
  /** Called once for each other program that listens with the same identity. */
  readonly onShared: (program: RunningProgram | undefined) => void
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
    await send(encodeInstance({ id: this.#instance, program: runtime.program })).catch((error: Error) => {
      runtime.log?.('instance-not-announced', { reason: error.message })
    })
  }

  /** Takes the message of a program that listens; only those of this identity count. */
  receive(from: Uint8Array, { id, program }: Instance): void {
    const { publicKey, onShared } = this.#options
    const key = id.join()
    if (!equalBytes(from, publicKey) || equalBytes(id, this.#instance)) return
    if (this.#known.has(key) || this.#known.size >= MAX_KNOWN) return
    this.#known.add(key)
    onShared(program)
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
