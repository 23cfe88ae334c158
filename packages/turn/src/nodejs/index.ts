/** The parts of `@p2pd/turn` that need Node.js: hashes, TLS, and ports made of those of `@p2pd/netif/node`. */
export { sharedSecret, type SharedSecretOptions } from './shared-secret.ts'
export { turnCrypto } from './turn-crypto.ts'
export { turnPorts } from './turn-ports.ts'
