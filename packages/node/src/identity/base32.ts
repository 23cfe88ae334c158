/** RFC 4648 §6, in lower case: what people read out and type. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const BITS_PER_CHARACTER = 5

/** Encodes without padding. RFC 4648 §6. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff
    bits += 8
    while (bits >= BITS_PER_CHARACTER) {
      bits -= BITS_PER_CHARACTER
      text += ALPHABET[(pending >> bits) & 31]
    }
  }
  return bits === 0 ? text : text + ALPHABET[(pending << (BITS_PER_CHARACTER - bits)) & 31]
}

/**
 * Decodes what `encodeBase32` made. Returns the offending character instead when there is one. Returns an empty
 * text when the length or the last bits are not those of whole bytes. RFC 4648 §6.
 */
export function decodeBase32(text: string): Uint8Array | string {
  const bytes = new Uint8Array(Math.floor((text.length * BITS_PER_CHARACTER) / 8))
  let pending = 0
  let bits = 0
  let length = 0
  for (const character of text) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return character
    pending = ((pending << BITS_PER_CHARACTER) | value) & 0xfff
    bits += BITS_PER_CHARACTER
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = pending >> bits
    }
  }
  const leftOver = pending & ((1 << bits) - 1)
  return bits >= BITS_PER_CHARACTER || leftOver !== 0 ? '' : bytes
}
