import { KEY_LENGTH } from './ed25519-key.ts'
import { isPaddedLength, isZeroFrom, paddedLength } from './padding.ts'
import { SignalError } from '../signal-error.ts'

/** The purpose of a message. A message of another kind, which a later version may send, is dropped. */
export const MessageKind = {
  /** Carries a body for the application. */
  Body: 0,
  /** "Your message of this id was early or late by my clock, which `clock` shows." */
  ClockNotice: 1,
} as const
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind]

/** Bytes of a message id: enough that no two are ever equal by chance. */
export const ID_LENGTH = 16
/** Bytes of an Ed25519 signature. RFC 8032 §5.1.6. */
export const SIGNATURE_LENGTH = 64

const SIGNATURE = KEY_LENGTH
const SIGNED = SIGNATURE + SIGNATURE_LENGTH
const ID = SIGNED + 1
const CLOCK = ID + ID_LENGTH
const SENT_AT = CLOCK + 8
const EXPIRES_AT = SENT_AT + 8
const BODY_LENGTH = EXPIRES_AT + 8
const BODY = BODY_LENGTH + 4

/** The content of an envelope, without the signature. */
export interface Message {
  /** Ed25519 public key of the sender. */
  readonly from: Uint8Array
  readonly kind: MessageKind
  readonly id: Uint8Array
  /** The sender's own clock when it sent: milliseconds since the Unix epoch. */
  readonly clock: number
  /** The same moment by the recipient's clock, as far as the sender knows that clock. */
  readonly sentAt: number
  /** By the recipient's clock. */
  readonly expiresAt: number
  readonly body: Uint8Array
}

/** Lays a message out, padded, with room for the signature. */
export function encodeMessage(message: Message): Uint8Array {
  const bytes = new Uint8Array(paddedLength(BODY + message.body.length))
  const view = new DataView(bytes.buffer)
  bytes.set(message.from, 0)
  bytes[SIGNED] = message.kind
  bytes.set(message.id, ID)
  view.setBigUint64(CLOCK, BigInt(message.clock))
  view.setBigUint64(SENT_AT, BigInt(message.sentAt))
  view.setBigUint64(EXPIRES_AT, BigInt(message.expiresAt))
  view.setUint32(BODY_LENGTH, message.body.length)
  bytes.set(message.body, BODY)
  return bytes
}

/** The part of a laid-out message that is signed, padding left out. */
export function signedPart(bytes: Uint8Array, bodyLength: number): Uint8Array {
  return bytes.subarray(SIGNED, BODY + bodyLength)
}

/** Puts the signature into a message that `encodeMessage` laid out. */
export function setSignature(bytes: Uint8Array, signature: Uint8Array): void {
  bytes.set(signature, SIGNATURE)
}

/** The signature that a message carries. */
export function signatureOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(SIGNATURE, SIGNED)
}

/** Reads a padded message; its signature is checked by who knows the recipient. */
export function decodeMessage(bytes: Uint8Array): Message {
  if (!isPaddedLength(bytes.length)) throw malformed(`${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const kind = bytes[SIGNED]
  if (kind !== MessageKind.Body && kind !== MessageKind.ClockNotice) throw malformed(`kind ${kind}`)
  const length = view.getUint32(BODY_LENGTH)
  if (length > bytes.length - BODY) throw malformed(`body of ${length} bytes in ${bytes.length}`)
  if (paddedLength(BODY + length) !== bytes.length || !isZeroFrom(bytes, BODY + length)) {
    throw malformed('padding')
  }
  return {
    from: bytes.slice(0, SIGNATURE),
    kind,
    id: bytes.slice(ID, CLOCK),
    clock: decodeTime(view, CLOCK),
    sentAt: decodeTime(view, SENT_AT),
    expiresAt: decodeTime(view, EXPIRES_AT),
    body: bytes.slice(BODY, BODY + length),
  }
}

/** Milliseconds since the Unix epoch; a value that a number cannot hold is refused. */
export function decodeTime(view: DataView, offset: number): number {
  const time = Number(view.getBigUint64(offset))
  if (!Number.isSafeInteger(time)) throw malformed(`time ${time}`)
  return time
}

function malformed(what: string): SignalError {
  return new SignalError('SIGNAL_MALFORMED', `message: ${what}`)
}
