import { joinBytes } from '@p2pd/netif'
import { labelled } from '../bytes.ts'
import type { SignalCrypto, SignalIdentity } from './crypto.ts'
import { checkPublicKey } from './ed25519-key.ts'
import { decodeTime, SIGNATURE_LENGTH } from './message.ts'
import { isPaddedLength, isZeroFrom, paddedLength } from './padding.ts'
import { SignalError } from '../signal-error.ts'

const VERSION = 1
const NONCE = 1
/** RFC 8439 §2.8. */
export const NONCE_LENGTH = 12
const SEALED = NONCE + NONCE_LENGTH
const TAG_LENGTH = 16

const SENT_AT = SIGNATURE_LENGTH
const EXPIRES_AT = SENT_AT + 8
const BODY_LENGTH = EXPIRES_AT + 8
const BODY = BODY_LENGTH + 4

/** A record with its dates, as the envelope has it. Its body is for the layer above. */
export interface DatedRecord {
  /** By the owner's clock: milliseconds since the Unix epoch. */
  readonly sentAt: number
  readonly expiresAt: number
  readonly body: Uint8Array
}

/** Signs a record, then encrypts it for all who know the owner's public key. `nonce` is 12 random bytes. */
export function sealRecord(
  crypto: SignalCrypto,
  owner: SignalIdentity,
  record: DatedRecord,
  nonce: Uint8Array,
): Uint8Array {
  const length = BODY + record.body.length
  const plaintext = new Uint8Array(paddedLength(length))
  const view = new DataView(plaintext.buffer)
  view.setBigUint64(SENT_AT, BigInt(record.sentAt))
  view.setBigUint64(EXPIRES_AT, BigInt(record.expiresAt))
  view.setUint32(BODY_LENGTH, record.body.length)
  plaintext.set(record.body, BODY)
  plaintext.set(owner.sign(labelled('record', owner.publicKey, plaintext.subarray(SENT_AT, length))))
  const version = Uint8Array.of(VERSION)
  const key = recordKey(crypto, owner.publicKey)
  return joinBytes(version, nonce, crypto.chacha20Poly1305.encrypt(key, nonce, version, plaintext))
}

/** Decrypts a record. Any bytes give one, `SIGNAL_MALFORMED`, or `SIGNAL_FORGED` when its owner did not sign it. */
export function openRecord(crypto: SignalCrypto, owner: Uint8Array, bytes: Uint8Array): DatedRecord {
  if (!isPaddedLength(bytes.length - SEALED - TAG_LENGTH)) throw malformed(`${bytes.length} bytes`)
  if (bytes[0] !== VERSION) throw malformed(`version ${bytes[0]}`)
  checkPublicKey(owner)
  const plaintext = crypto.chacha20Poly1305.decrypt(
    recordKey(crypto, owner),
    bytes.subarray(NONCE, SEALED),
    bytes.subarray(0, NONCE),
    bytes.subarray(SEALED),
  )
  if (!plaintext) throw malformed('not encrypted by this key')
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length)
  const length = BODY + view.getUint32(BODY_LENGTH)
  if (length > plaintext.length) throw malformed(`body of ${length - BODY} bytes in ${plaintext.length}`)
  if (paddedLength(length) !== plaintext.length || !isZeroFrom(plaintext, length)) throw malformed('padding')
  const signed = labelled('record', owner, plaintext.subarray(SENT_AT, length))
  if (!crypto.verify(owner, signed, plaintext.subarray(0, SENT_AT))) {
    throw new SignalError('SIGNAL_FORGED', 'record: not signed by its owner')
  }
  return {
    sentAt: decodeTime(view, SENT_AT),
    expiresAt: decodeTime(view, EXPIRES_AT),
    body: plaintext.slice(BODY, length),
  }
}

/** Known to all who know the owner's public key, and to nobody else. */
function recordKey(crypto: SignalCrypto, owner: Uint8Array): Uint8Array {
  return crypto.sha256(labelled('record key', owner))
}

function malformed(what: string): SignalError {
  return new SignalError('SIGNAL_MALFORMED', `record: ${what}`)
}
