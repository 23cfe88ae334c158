import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { startStunServer } from '../stun-server.ts'
import { tlsOpener } from './tls-server.ts'

const pem = (type: 'ec' | 'rsa', passphrase?: string) => {
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-128-cbc', passphrase }
  const format = { type: 'pkcs8', format: 'pem', ...cipher } as const
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return String(privateKey.export(format))
}

const BAD = {
  'a key as the certificate': [PRIVATE_KEY, PRIVATE_KEY, 'the certificate cannot be used'],
  'a certificate as the key': [CERTIFICATE, CERTIFICATE, 'the key cannot be used'],
  'an encrypted key': [CERTIFICATE, pem('ec', 'word'), 'the key cannot be used'],
  'another key of the same type': [CERTIFICATE, pem('ec'), 'the key is not that of the certificate'],
  // OpenSSL itself takes this pair.
  'a key of another type': [CERTIFICATE, pem('rsa'), 'the key is not that of the certificate'],
} as const

test.each(Object.entries(BAD))('%s is refused before anything is bound', async (_, [cert, key, fault]) => {
  const error = expect.objectContaining({
    code: 'INFRA_INVALID_ARGUMENT',
    message: expect.stringMatching(new RegExp(`^TLS: ${fault}.*$`)),
  })
  expect(() => tlsOpener({ cert, key })).toThrow(error)
  const network = { interfaces: unused, bindUdp: unused, listenTcp: unused, dial: unused }
  const start = startStunServer({ hosts: ['127.0.0.1'], port: 0, tls: { cert, key }, network })
  await expect(start).rejects.toEqual(error)
})

function unused(): never {
  throw new Error('the network is not to be touched')
}
