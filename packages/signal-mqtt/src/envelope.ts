import type { SignalCrypto, SignalIdentity } from './crypto.ts'
import { checkPublicKey, KEY_LENGTH, toX25519PublicKey } from './ed25519-key.ts'
import { concat, equal, labelled } from './bytes.ts'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  setSignature,
  signatureOf,
  signedPart,
} from './message.ts'
import { isPaddedLength, MAX_PADDED } from './padding.ts'
import { SignalError } from './signal-error.ts'

const VERSION = 1
const TAG = 1
const TAG_LENGTH = 16
const SEALED = TAG + TAG_LENGTH
/** An encapsulated key and an AEAD tag. RFC 9180 §7.1, §7.3. */
const SEAL_OVERHEAD = 32 + 16
/** Bytes of the largest envelope. */
export const MAX_ENVELOPE = SEALED + SEAL_OVERHEAD + MAX_PADDED

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
  return concat(version, envelopeTag(crypto, envelopeTagKey(crypto, recipient), sealed), sealed)
}

/**
 * The key of the tag in front of an envelope: known to all who know the recipient's id, and to nobody
 * who only sees topics. It proves nothing else, but lets junk be dropped for the price of a hash.
 */
export function envelopeTagKey(crypto: SignalCrypto, recipient: Uint8Array): Uint8Array {
  return crypto.sha256(labelled('envelope tag', recipient))
}

/**
 * The tag of an envelope, or undefined when size, version or tag are wrong: a value and not an error,
 * because junk comes by the thousand. Costs one hash.
 */
export function readEnvelopeTag(
  crypto: SignalCrypto,
  tagKey: Uint8Array,
  envelope: Uint8Array,
): Uint8Array | undefined {
  if (!isPaddedLength(envelope.length - SEALED - SEAL_OVERHEAD) || envelope[0] !== VERSION) return undefined
  const tag = envelope.subarray(TAG, SEALED)
  return equal(tag, envelopeTag(crypto, tagKey, envelope.subarray(SEALED))) ? tag : undefined
}

/** Opens an envelope whose tag is right, and checks who signed it and for whom. */
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
  return crypto.sha256(concat(tagKey, Uint8Array.of(VERSION), sealed)).subarray(0, TAG_LENGTH)
}
