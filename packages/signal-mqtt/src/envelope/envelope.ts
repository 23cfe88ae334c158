import type { SignalCrypto, SignalIdentity } from './crypto.ts'
import { checkPublicKey, KEY_LENGTH, toX25519PublicKey } from './ed25519-key.ts'
import { equalBytes, joinBytes } from '@p2pd/netif'
import { labelled } from '../bytes.ts'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  setSignature,
  signatureOf,
  signedPart,
} from './message.ts'
import { isPaddedLength, MAX_PADDED } from './padding.ts'
import { SignalError } from '../signal-error.ts'
import { isWork, WORK_LENGTH, WorkSearch } from './work.ts'

const VERSION = 1
const TAG = 1
const TAG_LENGTH = 16
const SEALED = TAG + TAG_LENGTH
/** An encapsulated key and an AEAD tag. RFC 9180 §7.1, §7.3. */
const SEAL_OVERHEAD = 32 + 16
/** Bytes of the largest envelope, with the work shown for it. */
export const MAX_ENVELOPE = SEALED + SEAL_OVERHEAD + MAX_PADDED + WORK_LENGTH

/** Signs a message, then seals it to its recipient. `ephemeral` is 32 random bytes. RFC 9180 §6.1. */
export function sealEnvelope(
  crypto: SignalCrypto,
  sender: SignalIdentity,
  recipient: Uint8Array,
  message: Message,
  ephemeral: Uint8Array,
): Uint8Array {
  const recipientX25519 = toX25519PublicKey(recipient)
  const plaintext = encodeMessage(message)
  setSignature(plaintext, sender.sign(signedData(recipient, plaintext, message.body.length)))
  const version = Uint8Array.of(VERSION)
  const sealed = crypto.hpkeSeal({
    recipient: recipientX25519,
    ephemeral,
    info: envelopeInfo(recipient),
    aad: version,
    plaintext,
  })
  return joinBytes(version, envelopeTag(crypto, envelopeTagKey(crypto, recipient), sealed), sealed)
}

/**
 * The key of the tag in front of an envelope: known to all who know the recipient's id, and to nobody
 * who only sees topics. It proves nothing else, but lets junk be dropped for the price of a hash.
 */
export function envelopeTagKey(crypto: SignalCrypto, recipient: Uint8Array): Uint8Array {
  return crypto.sha256(labelled('envelope tag', recipient))
}

/** An envelope with the right tag. */
export interface ReceivedEnvelope {
  readonly tag: Uint8Array
  readonly envelope: Uint8Array
  /** Whether work was shown for it. */
  readonly worked: boolean
}

/**
 * Reads an envelope, with or without work. Undefined when size, version, tag or work are wrong: a value and not an
 * error, because junk comes by the thousand. It costs one hash, and a short one for the work.
 */
export function readEnvelope(
  crypto: SignalCrypto,
  tagKey: Uint8Array,
  bytes: Uint8Array,
): ReceivedEnvelope | undefined {
  const worked = !isEnvelopeLength(bytes.length)
  const envelope = worked ? bytes.subarray(0, -WORK_LENGTH) : bytes
  if (!isEnvelopeLength(envelope.length) || envelope[0] !== VERSION) return undefined
  const tag = tagOf(envelope)
  if (!equalBytes(tag, envelopeTag(crypto, tagKey, envelope.subarray(SEALED)))) return undefined
  if (worked && !isWork(crypto, tag, bytes.subarray(-WORK_LENGTH))) return undefined
  return { tag, envelope, worked }
}

/** The search for the work to be shown for an envelope, which is then appended. */
export function searchWork(crypto: SignalCrypto, envelope: Uint8Array): WorkSearch {
  return new WorkSearch(crypto, tagOf(envelope))
}

function isEnvelopeLength(length: number): boolean {
  return isPaddedLength(length - SEALED - SEAL_OVERHEAD)
}

function tagOf(envelope: Uint8Array): Uint8Array {
  return envelope.subarray(TAG, SEALED)
}

/** Opens an envelope whose tag is right. Throws `SIGNAL_MALFORMED`, or `SIGNAL_FORGED` when its sender did not sign it. */
export function openEnvelope(crypto: SignalCrypto, recipient: SignalIdentity, envelope: Uint8Array): Message {
  const info = envelopeInfo(recipient.publicKey)
  const plaintext = recipient.hpkeOpen(info, envelope.subarray(0, TAG), envelope.subarray(SEALED))
  if (!plaintext) throw new SignalError('SIGNAL_MALFORMED', 'envelope: not sealed to this node')
  const message = decodeMessage(plaintext)
  checkPublicKey(message.from)
  const signed = signedData(recipient.publicKey, plaintext, message.body.length)
  if (!crypto.verify(message.from, signed, signatureOf(plaintext))) {
    throw new SignalError('SIGNAL_FORGED', 'message: not signed by the sender it names')
  }
  return message
}

/** The seal works for this recipient alone, also where two ids were to share an X25519 key. */
function envelopeInfo(recipient: Uint8Array): Uint8Array {
  return labelled('envelope', recipient)
}

/** Recipient and sender are signed too, so that nobody can pass a message on as if it were for another. */
function signedData(recipient: Uint8Array, plaintext: Uint8Array, bodyLength: number): Uint8Array {
  const sender = plaintext.subarray(0, KEY_LENGTH)
  return labelled('message', recipient, sender, signedPart(plaintext, bodyLength))
}

function envelopeTag(crypto: SignalCrypto, tagKey: Uint8Array, sealed: Uint8Array): Uint8Array {
  return crypto.sha256(joinBytes(tagKey, Uint8Array.of(VERSION), sealed)).subarray(0, TAG_LENGTH)
}
