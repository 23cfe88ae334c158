import { expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificate } from './certificate.ts'
import { createIdentity, rawPublicKey } from './identity.ts'

const identity = createIdentity()
const pem = createCertificate(identity)

test("carries the identity's key and is signed with it", () => {
  const certificate = new X509Certificate(pem)
  expect(rawPublicKey(certificate.publicKey)).toEqual(identity.publicKey)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.subject).toBe('CN=p2pd')
})

test('openssl reads it and accepts its signature', () => {
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem, encoding: 'utf8' })
  expect(text).toContain('Version: 3 (0x2)')
  expect(text).toContain('Signature Algorithm: ED25519')
  expect(text).toContain('Not After : Dec 31 23:59:59 9999 GMT')
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-certificate-'))
  try {
    const file = join(folder, 'certificate.pem')
    writeFileSync(file, pem)
    const verdict = execFileSync('openssl', ['verify', '-check_ss_sig', '-CAfile', file, file], {
      encoding: 'utf8',
    })
    expect(verdict).toBe(`${file}: OK\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the same identity makes the same certificate', () => {
  expect(createCertificate(identity)).toBe(pem)
})
