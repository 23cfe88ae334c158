/** Tags of the ASN.1 types that a certificate has. X.690 §8, X.680 §8.4. */
export const Tag = {
  Integer: 0x02,
  BitString: 0x03,
  ObjectIdentifier: 0x06,
  Utf8String: 0x0c,
  Sequence: 0x30,
  Set: 0x31,
  GeneralizedTime: 0x18,
} as const

/** Encodes one value: tag, length, contents. X.690 §8.1. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents)
  return Buffer.concat([Uint8Array.of(tag), derLength(body.length), body])
}

/** A context-specific constructed value, `[n] EXPLICIT`. X.690 §8.14. */
export function explicit(n: number, content: Uint8Array): Uint8Array {
  return der(0xa0 | n, content)
}

function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
