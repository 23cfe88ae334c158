import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Sealing } from '../../pairing/pairing-keys.ts'

const ALGORITHM = 'chacha20-poly1305'
const TAG_LENGTH = 16
const OPTIONS = { authTagLength: TAG_LENGTH }
/** Each key seals one introduction. */
const NONCE = new Uint8Array(12)

/** Seals introductions under the keys of a pairing. RFC 8439 §2.8. */
export const chachaSealing: Sealing = {
  seal(key, plaintext) {
    const cipher = createCipheriv(ALGORITHM, key, NONCE, OPTIONS)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  },
  open(key, sealed) {
    const length = sealed.length - TAG_LENGTH
    if (length < 0) return undefined
    const decipher = createDecipheriv(ALGORITHM, key, NONCE, OPTIONS)
    decipher.setAuthTag(sealed.subarray(length))
    const plaintext = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
      return plaintext
    } catch {
      return undefined // Strangers write to the same topics.
    }
  },
}
