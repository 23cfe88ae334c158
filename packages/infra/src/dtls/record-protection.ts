import { joinBytes } from '@p2pd/netif'
import { encodeNumber } from './byte-reader.ts'
import type { Aead } from './dtls-crypto.ts'
import { DTLS_1_2, type DtlsRecord, encodeRecord } from './dtls-record.ts'
import type { WriteKeys } from './key-schedule.ts'

/** The part of the nonce that each record carries. RFC 5288 §3. */
const EXPLICIT_NONCE_BYTES = 8
const TAG_BYTES = 16

/** The only epoch with keys: nothing is renegotiated. RFC 6347 §4.1. */
const EPOCH = 1

/** Records that may arrive late. RFC 6347 §4.1.2.6. */
const WINDOW = 64

/** Encrypts the records of one direction, each with the next number. RFC 6347 §4.1.2, RFC 5288 §3. */
export class RecordSealer {
  readonly #aead: Aead
  readonly #keys: WriteKeys
  #next = 0

  constructor(aead: Aead, keys: WriteKeys) {
    this.#aead = aead
    this.#keys = keys
  }

  seal(type: number, plaintext: Uint8Array): Uint8Array {
    const sequence = this.#next++
    const number = recordNumber(sequence)
    const nonce = joinBytes(this.#keys.salt, number)
    const associated = additionalData(number, type, plaintext.length)
    const sealed = this.#aead.seal(this.#keys.key, nonce, plaintext, associated)
    return encodeRecord({ type, epoch: EPOCH, sequence, fragment: joinBytes(number, sealed) })
  }
}

/** Decrypts the records of one direction, each once. RFC 6347 §4.1.2.6. */
export class RecordOpener {
  readonly #aead: Aead
  readonly #keys: WriteKeys
  #highest = -1
  /** Numbers of the window that have come. */
  readonly #seen = new Set<number>()

  constructor(aead: Aead, keys: WriteKeys) {
    this.#aead = aead
    this.#keys = keys
  }

  /** The content; undefined when the record is forged, a repetition, or too old. */
  open({ type, epoch, sequence, fragment }: DtlsRecord): Uint8Array | undefined {
    const length = fragment.length - EXPLICIT_NONCE_BYTES - TAG_BYTES
    if (epoch !== EPOCH || length < 0 || sequence <= this.#highest - WINDOW || this.#seen.has(sequence)) {
      return undefined
    }
    const nonce = joinBytes(this.#keys.salt, fragment.subarray(0, EXPLICIT_NONCE_BYTES))
    const associated = additionalData(recordNumber(sequence), type, length)
    const sealed = fragment.subarray(EXPLICIT_NONCE_BYTES)
    const plaintext = this.#aead.open(this.#keys.key, nonce, sealed, associated)
    if (plaintext !== undefined) this.#remember(sequence)
    return plaintext
  }

  #remember(sequence: number): void {
    this.#seen.add(sequence)
    if (sequence <= this.#highest) return
    this.#highest = sequence
    for (const number of this.#seen) if (number <= sequence - WINDOW) this.#seen.delete(number)
  }
}

/** Epoch and sequence number. RFC 6347 §4.1.2.1. */
function recordNumber(sequence: number): Uint8Array {
  return joinBytes(encodeNumber(EPOCH, 2), encodeNumber(sequence, 6))
}

/** RFC 5246 §6.2.3.3. */
function additionalData(number: Uint8Array, type: number, length: number): Uint8Array {
  return joinBytes(number, encodeNumber(type, 1), encodeNumber(DTLS_1_2, 2), encodeNumber(length, 2))
}
