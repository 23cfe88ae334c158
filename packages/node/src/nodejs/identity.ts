import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Identity, Verify } from '../identity/identity.ts'
import { formatNodeId, PUBLIC_KEY_LENGTH } from '../identity/node-id.ts'
import { NodeError } from '../node-error.ts'

/** The bytes before the 32 bytes of the key in a DER-encoded Ed25519 public key. RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** An identity with the key that TLS and signalling need. */
export interface PrivateIdentity extends Identity {
  readonly privateKey: KeyObject
}

/** Makes a new identity. RFC 8032 §5.1. */
export function createIdentity(): PrivateIdentity {
  return identityOf(generateKeyPairSync('ed25519').privateKey)
}

/** Reads an identity from PEM (PKCS #8). Throws `NODE_IDENTITY_FILE`. RFC 8410 §7. */
export function parseIdentity(pem: string, source: string): PrivateIdentity {
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(pem)
  } catch (cause) {
    throw new NodeError(
      'NODE_IDENTITY_FILE',
      `${source} holds no private key in PEM; move it away to get a new one`,
      { cause },
    )
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new NodeError(
      'NODE_IDENTITY_FILE',
      `${source} holds a key of type ${privateKey.asymmetricKeyType}, not ed25519`,
    )
  }
  return identityOf(privateKey)
}

/** Writes an identity as PEM (PKCS #8). RFC 8410 §7. */
export function formatIdentity({ privateKey }: PrivateIdentity): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
}

function identityOf(privateKey: KeyObject): PrivateIdentity {
  const publicKey = rawPublicKey(createPublicKey(privateKey))
  return { id: formatNodeId(publicKey), publicKey, privateKey, sign: (data) => sign(null, data, privateKey) }
}

/** The 32 bytes of an Ed25519 public key. RFC 8410 §4. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_LENGTH))
}

/** `Verify` by OpenSSL. */
export const verifyEd25519: Verify = (publicKey, data, signature) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    return verify(null, data, key, signature)
  } catch {
    // OpenSSL throws for bytes that are not a key: no signature can match them.
    return false
  }
}
