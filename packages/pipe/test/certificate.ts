import { readFileSync } from 'node:fs'

const read = (name: string) => readFileSync(new URL(`../src/testdata/${name}`, import.meta.url), 'utf8')

/**
 * An Ed25519 key and its own certificate for pipe.example, localhost and the loopback addresses, made
 * for these tests with `openssl req -x509 -newkey ed25519`; it protects nothing.
 */
export const certificate = { key: read('key.pem'), cert: read('cert.pem') }
