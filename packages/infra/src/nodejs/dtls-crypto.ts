import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto'
import type { Aead, DtlsCredentials, DtlsCrypto, KeyExchange } from '../dtls/dtls-crypto.ts'
import type { TlsCertificate } from './tls-server.ts'

const TAG_BYTES = 16

/** Suite and signature scheme for each type of key. RFC 5289 §3.2, RFC 8446 §4.2.3. */
const BY_KEY_TYPE: Readonly<Record<string, Pick<DtlsCredentials, 'suite' | 'signatureScheme'>>> = {
  ec: { suite: 0xc02b, signatureScheme: 0x0403 },
  rsa: { suite: 0xc02f, signatureScheme: 0x0401 },
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Cryptography for DTLS with this certificate; undefined for keys other than RSA and ECDSA, which only TLS serves. */
export function dtlsCrypto({ cert, key }: TlsCertificate): DtlsCrypto | undefined {
  const privateKey = createPrivateKey(key)
  const terms = BY_KEY_TYPE[privateKey.asymmetricKeyType ?? '']
  if (terms === undefined) return undefined
  const certificates = (cert.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem).raw)
  return {
    credentials: { ...terms, certificates, sign: signer(privateKey) },
    newKeyExchange,
    sha256: (data) => createHash('sha256').update(data).digest(),
    hmacSha256: (secret, data) => createHmac('sha256', secret).update(data).digest(),
    aes128Gcm,
  }
}

function signer(privateKey: KeyObject): DtlsCredentials['sign'] {
  return (data) => sign('sha256', data, privateKey)
}

function newKeyExchange(): KeyExchange {
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys()
  const agree = (peer: Uint8Array) => {
    try {
      return ecdh.computeSecret(peer)
    } catch {
      return undefined // not a point of the curve
    }
  }
  return { publicKey, agree }
}

/** AES-128-GCM. RFC 5288. */
export const aes128Gcm: Aead = {
  seal(key, nonce, plaintext, associated) {
    const cipher = createCipheriv('aes-128-gcm', key, nonce)
    cipher.setAAD(associated)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  },
  open(key, nonce, ciphertext, associated) {
    const end = ciphertext.length - TAG_BYTES
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(associated)
    decipher.setAuthTag(ciphertext.subarray(end))
    const plaintext = decipher.update(ciphertext.subarray(0, end))
    try {
      decipher.final()
      return plaintext
    } catch {
      return undefined // forged
    }
  },
}
