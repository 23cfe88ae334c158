import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Aead } from '../envelope/crypto.ts'

/** RFC 8439 §2.8. */
const TAG_LENGTH = 16
const OPTIONS = { authTagLength: TAG_LENGTH }

/** The AEAD of messages and records: the tag comes after the ciphertext. RFC 8439 §2.8. */
export const chacha20Poly1305: Aead = {
  encrypt(key, nonce, aad, plaintext) {
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, OPTIONS)
    cipher.setAAD(aad, { plaintextLength: plaintext.length })
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  },

  decrypt(key, nonce, aad, ciphertext) {
    const length = ciphertext.length - TAG_LENGTH
    if (length < 0) return undefined
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, OPTIONS)
    decipher.setAAD(aad, { plaintextLength: length })
    decipher.setAuthTag(ciphertext.subarray(length))
    const plaintext = decipher.update(ciphertext.subarray(0, length))
    try {
      decipher.final()
      return plaintext
    } catch {
      // A wrong tag is the expected fate of what strangers send: a value, not an error.
      return undefined
    }
  },
}
