/** The sum of 16-bit words, with an odd last byte padded with zero; not folded yet. RFC 1071 §1. */
export function sumWords(view: DataView, from: number, to: number, start = 0): number {
  let sum = start
  const even = to - ((to - from) & 1)
  for (let at = from; at < even; at += 2) sum += view.getUint16(at)
  return even === to ? sum : sum + view.getUint8(even) * 256
}

/** The Internet checksum: a sum of words, folded to 16 bits and complemented. RFC 1071 §1. */
export function checksumOf(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

/** Overwrites a word and returns its term in the correction of a checksum. RFC 1624 §3, equation 3. */
export function replaceWord(view: DataView, offset: number, value: number): number {
  const correction = (~view.getUint16(offset) & 0xffff) + value
  view.setUint16(offset, value)
  return correction
}

/** A checksum corrected for replaced words, without reading the other words. RFC 1624 §3, equation 3. */
export function correctChecksum(checksum: number, correction: number): number {
  return checksumOf((~checksum & 0xffff) + correction)
}
