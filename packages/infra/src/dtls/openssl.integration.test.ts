import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { decodeBindingResponse, encodeBindingRequest } from '@p2pd/stun'
import { startStunServer } from '../stun-server.ts'
import { output, testWith } from '../testdata/tools.ts'

const KEYS = {
  ECDSA: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ECDSA on P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  RSA: ['rsa:2048'],
}

for (const [name, key] of Object.entries(KEYS)) {
  testWith(
    'openssl',
    `openssl’s client verifies an ${name} certificate, and gets a STUN response over DTLS`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'p2pd-dtls-'))
      const file = (of: string) => join(folder, of)
      const self = ['req', '-x509', '-nodes', '-subj', '/CN=stun.test', '-days', '2']
      await output('openssl', [...self, '-newkey', ...key, '-keyout', file('key'), '-out', file('cert')])
      const tls = { cert: await readFile(file('cert'), 'utf8'), key: await readFile(file('key'), 'utf8') }
      const server = await startStunServer({ hosts: ['127.0.0.1'], port: 0, tls })
      const args = ['s_client', '-dtls1_2', '-quiet', '-verify_return_error', '-CAfile', file('cert')]
      const client = spawn('openssl', [...args, '-connect', `127.0.0.1:${server.port}`])
      const ended = once(client, 'close')
      try {
        const transactionId = new Uint8Array(12).fill(3)
        client.stdin.write(encodeBindingRequest(transactionId))
        const [response] = (await Promise.race([once(client.stdout, 'data'), ended])) as [Buffer]
        const source = { ip: '127.0.0.1', port: server.port }
        expect(decodeBindingResponse(response, transactionId, source)?.mapped.ip).toBe('127.0.0.1')
      } finally {
        client.kill('SIGKILL')
        await ended
        await server.close()
        await rm(folder, { recursive: true })
      }
    },
  )
}
