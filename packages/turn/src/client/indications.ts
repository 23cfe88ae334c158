import type { TransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  decodeXorMappedAddress,
  encodeMessage,
  encodeXorMappedAddress,
  findAttribute,
  type Message,
  MessageClass,
  Method,
} from '@p2pd/stun'
import { TurnError } from '../turn-error.ts'
import { CONNECTION_ID_BYTES } from '../wire/turn-attributes.ts'

/** XOR-PEER-ADDRESS. RFC 8656 §18.3. */
export function peerAddress(peer: TransportAddress, transactionId: Uint8Array): Attribute {
  return { type: AttributeType.XorPeerAddress, value: encodeXorMappedAddress(peer, transactionId) }
}

/** A Send indication: a datagram for a peer without a channel. Throws `STUN_INVALID_ARGUMENT`. RFC 8656 §11.1. */
export function encodeSendIndication(id: Uint8Array, peer: TransportAddress, data: Uint8Array): Uint8Array {
  const attributes = [peerAddress(peer, id), { type: AttributeType.Data, value: data }]
  return encodeMessage({ class: MessageClass.Indication, method: Method.Send, transactionId: id, attributes })
}

/** A Data indication: a datagram of a peer without a channel. Throws `STUN_INVALID_ARGUMENT`. RFC 8656 §11.3. */
export function encodeDataIndication(id: Uint8Array, peer: TransportAddress, data: Uint8Array): Uint8Array {
  const attributes = [peerAddress(peer, id), { type: AttributeType.Data, value: data }]
  return encodeMessage({ class: MessageClass.Indication, method: Method.Data, transactionId: id, attributes })
}

/** The peer that a message names. Throws `TURN_MALFORMED` when it names none. RFC 8656 §18.3. */
export function decodePeerAddress(message: Message): TransportAddress {
  const value = findAttribute(message, AttributeType.XorPeerAddress)
  if (value === undefined) throw new TurnError('TURN_MALFORMED', 'message without XOR-PEER-ADDRESS')
  return decodeXorMappedAddress(value, message.transactionId)
}

/**
 * Reads a Send or Data indication; undefined without DATA: then it carries an ICMP error. Throws `TURN_MALFORMED` or
 * `STUN_MALFORMED`. RFC 8656 §11.2, §11.4.
 */
export function decodeDataIndication(
  message: Message,
): { readonly peer: TransportAddress; readonly data: Uint8Array } | undefined {
  const data = findAttribute(message, AttributeType.Data)
  return data === undefined ? undefined : { peer: decodePeerAddress(message), data }
}

/** The value of CONNECTION-ID. Throws `TURN_MALFORMED`. RFC 6062 §6.2.1. */
export function decodeConnectionId(message: Message): Uint8Array {
  const value = findAttribute(message, AttributeType.ConnectionId)
  if (value?.length !== CONNECTION_ID_BYTES) {
    throw new TurnError('TURN_MALFORMED', `CONNECTION-ID: ${value?.length ?? 'no'} bytes, not 4`)
  }
  return value
}
