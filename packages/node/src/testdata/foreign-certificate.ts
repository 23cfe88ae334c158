import { generateKeyPairSync, sign } from 'node:crypto'
import { der, explicit, Tag } from '../nodejs/der.ts'

/** A key of another type than a node's, and how a certificate says what it was signed with. RFC 5758 §3.2, RFC 8410 §3. */
const KEYS = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed448: () => generateKeyPairSync('ed448'),
} as const
const SIGNED_WITH = {
  'P-256': { oid: '2a8648ce3d040302', hash: 'sha256' },
  Ed448: { oid: '2b6571', hash: null },
} as const

/** Keys of strangers' certificates in place of an Ed25519 key. */
export type ForeignKey = keyof typeof KEYS

/** A self-signed certificate with such a key, as TLS takes it. RFC 5280 §4.1. */
export function foreignCertificate(type: ForeignKey): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = KEYS[type]()
  const { oid, hash } = SIGNED_WITH[type]
  const algorithm = der(Tag.Sequence, der(Tag.ObjectIdentifier, Buffer.from(oid, 'hex')))
  const nobody = der(Tag.Sequence)
  const [from, until] = ['20000101000000Z', '99991231235959Z'].map((time) =>
    der(Tag.GeneralizedTime, Buffer.from(time)),
  ) as [Uint8Array, Uint8Array]
  const toBeSigned = der(
    Tag.Sequence,
    explicit(0, der(Tag.Integer, Uint8Array.of(2))),
    der(Tag.Integer, Uint8Array.of(1)),
    algorithm,
    nobody,
    der(Tag.Sequence, from, until),
    nobody,
    publicKey.export({ format: 'der', type: 'spki' }),
  )
  const signature = der(Tag.BitString, Uint8Array.of(0), sign(hash, toBeSigned, privateKey))
  const certificate = Buffer.from(der(Tag.Sequence, toBeSigned, algorithm, signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  }
}
