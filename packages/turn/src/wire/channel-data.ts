import { TurnError } from '../turn-error.ts'

/** The channels that a client binds. RFC 8656 §12. */
export const CHANNELS = { first: 0x4000, last: 0x4fff } as const

/** RFC 5766 had channels up to here, and clients of that time draw from the whole range. RFC 5766 §11. */
export const LAST_LEGACY_CHANNEL = 0x7fff

/** Channel number and length. RFC 8656 §12.4. */
export const CHANNEL_HEADER_BYTES = 4

/** Application data of a channel. RFC 8656 §12.4. */
export interface ChannelData {
  readonly channel: number
  readonly data: Uint8Array
}

/** Whether the first byte of a packet is that of ChannelData rather than of a STUN message. RFC 8656 §12. */
export function isChannelData(first: number | undefined): boolean {
  return first !== undefined && first >= 0x40 && first <= 0x7f
}

/**
 * Encodes a frame. On a stream it has to be `padded` with zeros to a multiple of four bytes. Throws
 * `TURN_INVALID_ARGUMENT`. RFC 8656 §12.5.
 */
export function encodeChannelData({ channel, data }: ChannelData, padded: boolean): Uint8Array {
  if (channel < CHANNELS.first || channel > LAST_LEGACY_CHANNEL || data.length > 0xffff) {
    throw new TurnError('TURN_INVALID_ARGUMENT', `ChannelData: channel ${channel}, ${data.length} bytes`)
  }
  const length = CHANNEL_HEADER_BYTES + data.length
  const bytes = new Uint8Array(padded ? (length + 3) & ~3 : length)
  bytes[0] = channel >> 8
  bytes[1] = channel & 0xff
  bytes[2] = data.length >> 8
  bytes[3] = data.length & 0xff
  bytes.set(data, CHANNEL_HEADER_BYTES)
  return bytes
}

/**
 * Decodes a frame; `data` is a view of it. Bytes after the length are padding, which is left out. Throws `TURN_MALFORMED`.
 * RFC 8656 §12.6.
 */
export function decodeChannelData(bytes: Uint8Array): ChannelData {
  const [first, second = 0, high = 0, low = 0] = bytes
  const length = (high << 8) | low
  if (!isChannelData(first) || bytes.length < CHANNEL_HEADER_BYTES + length) {
    throw new TurnError('TURN_MALFORMED', `ChannelData: ${bytes.length} bytes, length field ${length}`)
  }
  const channel = ((first ?? 0) << 8) | second
  return { channel, data: bytes.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + length) }
}
