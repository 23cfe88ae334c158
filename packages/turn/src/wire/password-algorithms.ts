import { TurnError } from '../turn-error.ts'

/** The hash that makes a key out of a password. RFC 8489 §18.5. */
export type PasswordAlgorithm = 'MD5' | 'SHA-256'

const NUMBERS: Readonly<Record<PasswordAlgorithm, number>> = { MD5: 1, 'SHA-256': 2 }

/** Encodes the value of PASSWORD-ALGORITHM, or of PASSWORD-ALGORITHMS, without parameters. RFC 8489 §14.11, §14.12. */
export function encodePasswordAlgorithms(...algorithms: readonly PasswordAlgorithm[]): Uint8Array {
  return Uint8Array.from(algorithms.flatMap((algorithm) => [0, NUMBERS[algorithm], 0, 0]))
}

/** Decodes PASSWORD-ALGORITHM or PASSWORD-ALGORITHMS, leaving out unknown ones. Throws `TURN_MALFORMED`. RFC 8489 §14.11. */
export function decodePasswordAlgorithms(value: Uint8Array): PasswordAlgorithm[] {
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const algorithms: PasswordAlgorithm[] = []
  let offset = 0
  while (offset < value.length) {
    if (value.length - offset < 4)
      throw new TurnError('TURN_MALFORMED', `PASSWORD-ALGORITHMS: ${value.length} bytes`)
    const number = view.getUint16(offset)
    if (number === NUMBERS.MD5) algorithms.push('MD5')
    if (number === NUMBERS['SHA-256']) algorithms.push('SHA-256')
    offset += 4 + ((view.getUint16(offset + 2) + 3) & ~3)
  }
  return algorithms
}

/** A nonce that begins so tells the features of the server in its next four characters. RFC 8489 §9.2. */
const NONCE_COOKIE = 'obMatJos2'

/** The highest of the 24 bits: the server sends PASSWORD-ALGORITHMS. RFC 8489 §18.1. */
const PASSWORD_ALGORITHMS_BIT = 0b100000

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Whether a nonce says that the server offers password algorithms, so that nobody can take the offer out. RFC 8489 §9.2.1. */
export function nonceOffersAlgorithms(nonce: string): boolean {
  if (!nonce.startsWith(NONCE_COOKIE)) return false
  return (BASE64.indexOf(nonce.charAt(NONCE_COOKIE.length)) & PASSWORD_ALGORITHMS_BIT) !== 0
}

/** The beginning of the nonces of a server that offers password algorithms. RFC 8489 §9.2. */
export const NONCE_WITH_ALGORITHMS: string = `${NONCE_COOKIE}gAAA`
