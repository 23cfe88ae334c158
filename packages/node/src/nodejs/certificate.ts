import { createPublicKey } from 'node:crypto'
import { der, explicit, Tag } from './der.ts'
import type { PrivateIdentity } from './identity.ts'

/** id-Ed25519, 1.3.101.112. RFC 8410 §3. */
const ED25519 = der(Tag.Sequence, der(Tag.ObjectIdentifier, Uint8Array.of(0x2b, 0x65, 0x70)))
/** id-at-commonName, 2.5.4.3. RFC 5280 appendix A.1. */
const COMMON_NAME = der(Tag.ObjectIdentifier, Uint8Array.of(0x55, 0x04, 0x03))
const VERSION_3 = Uint8Array.of(2)
/** The key is what counts, and it has no date: no clock is asked. RFC 5280 §4.1.2.5 has the last date. */
const VALID_FROM = '20000101000000Z'
const VALID_UNTIL = '99991231235959Z'

/** A self-signed X.509 certificate that carries an identity's key into TLS, as PEM. RFC 5280 §4.1, RFC 8410. */
export function createCertificate(identity: PrivateIdentity): string {
  const name = nameOf('p2pd')
  const toBeSigned = der(
    Tag.Sequence,
    explicit(0, der(Tag.Integer, VERSION_3)),
    der(Tag.Integer, serialOf(identity)),
    ED25519,
    name,
    der(Tag.Sequence, time(VALID_FROM), time(VALID_UNTIL)),
    name,
    createPublicKey(identity.privateKey).export({ format: 'der', type: 'spki' }),
  )
  const signature = der(Tag.BitString, Uint8Array.of(0), identity.sign(toBeSigned))
  const certificate = Buffer.from(der(Tag.Sequence, toBeSigned, ED25519, signature))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** Sixteen bytes of the key: the same identity always makes the same certificate. Positive, as RFC 5280 §4.1.2.2 asks. */
function serialOf({ publicKey }: PrivateIdentity): Uint8Array {
  return Uint8Array.of(0x01, ...publicKey.subarray(0, 16))
}

function nameOf(commonName: string): Uint8Array {
  const value = der(Tag.Utf8String, Buffer.from(commonName))
  return der(Tag.Sequence, der(Tag.Set, der(Tag.Sequence, COMMON_NAME, value)))
}

function time(text: string): Uint8Array {
  return der(Tag.GeneralizedTime, Buffer.from(text))
}
