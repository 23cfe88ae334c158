/** How many characters Unicode has: all code points but the halves of pairs. Unicode 16.0 §3.9, D76. */
export const CHARACTERS = 0x10_f800

/** The character of an index below `CHARACTERS`. A generator of texts that is ready at once, for property tests. */
export function characterAt(index: number): string {
  return String.fromCodePoint(index < 0xd800 ? index : index + 0x800)
}
