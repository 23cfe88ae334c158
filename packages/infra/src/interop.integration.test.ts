import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import { getUdpMapping } from '@p2pd/stun'
import { tlsDialer } from '@p2pd/stun/node'
import { type StunServer, startStunServer } from './stun-server.ts'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { addressOf, askUdp, ports, withTcpMapping } from './testdata/clients.ts'
import { output, testWith, withProgram } from './testdata/tools.ts'

const HOSTS = ['127.0.0.1', '127.0.0.2']

let server: StunServer
beforeAll(async () => {
  server = await startStunServer({ hosts: HOSTS, port: 0 })
})
afterAll(() => server.close())

testWith('turnutils_stunclient', 'coturn’s client gets an answer from each of our addresses', async () => {
  const text = await output('turnutils_stunclient', ['-p', `${server.port}`, '127.0.0.1'])
  expect(text).toContain(`Response origin: : 127.0.0.1:${server.port}`)
  expect(text).toMatch(/Response origin: : 127\.0\.0\.2:/)
  expect(text.match(/UDP reflexive addr: 127\.0\.0\.1:\d+/g)).toHaveLength(3)
})

testWith('turnutils_natdiscovery', 'coturn’s NAT discovery finds mapping and filtering', async () => {
  const text = await output('turnutils_natdiscovery', ['-m', '-f', '-p', `${server.port}`, '127.0.0.1'])
  expect(text).toContain('Endpoint Independent Mapping')
  expect(text).toContain('Endpoint Independent Filtering')
})

testWith('turnutils_natdiscovery', 'coturn’s NAT discovery with PADDING and RESPONSE-PORT', async () => {
  const padded = await output('turnutils_natdiscovery', ['-m', '-P', '-p', `${server.port}`, '127.0.0.1'])
  expect(padded).toContain('Endpoint Independent Mapping')
  const lifetime = await output('turnutils_natdiscovery', [
    '-t',
    '-T',
    '1',
    '-p',
    `${server.port}`,
    '127.0.0.1',
  ])
  expect(lifetime).toContain('RFC 5780 response 2')
})

testWith('stun', 'a client of RFC 3489 finds an open host', async () => {
  expect(await output('stun', [`127.0.0.1:${server.port}`])).toContain('Primary: Open')
})

/** Runs with coturn on two addresses; it says which port it has and which alternate port. */
async function withCoturn(
  run: (server: TransportAddress, alternatePort: number) => Promise<void>,
): Promise<void> {
  // Two ports that were free on both addresses a moment ago.
  const free = await startStunServer({ hosts: HOSTS, port: 0 })
  const { otherAddress } = await askUdp(addressOf(free.uris[0]))
  await free.close()
  const alternatePort = otherAddress?.port ?? 0
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-coturn-'))
  const file = (name: string) => join(folder, name)
  const config = [
    ...HOSTS.map((ip) => `listening-ip=${ip}`),
    `listening-port=${free.port}`,
    `alt-listening-port=${alternatePort}`,
    'no-cli',
    `cert=${file('cert.pem')}`,
    `pkey=${file('key.pem')}`,
    `userdb=${file('turndb')}`,
    `pidfile=${file('pid')}`,
    `log-file=${file('log')}`,
    'simple-log',
  ]
  try {
    await writeFile(file('cert.pem'), CERTIFICATE)
    await writeFile(file('key.pem'), PRIVATE_KEY)
    await writeFile(file('conf'), config.join('\n'))
    const address = { ip: '127.0.0.1', port: free.port }
    await withProgram('turnserver', ['-c', file('conf')], () => run(address, alternatePort))
  } finally {
    await rm(folder, { recursive: true })
  }
}

testWith('turnserver', 'we ask coturn over UDP, TCP and TLS', () =>
  withCoturn(async (coturn, alternatePort) => {
    // It may still be starting: the retransmissions find it when it is up.
    const first = await getUdpMapping(ports, { server: coturn, timeoutMs: 20_000 })
    first.socket.close()
    const other = { ip: '127.0.0.2', port: alternatePort }
    expect(first).toMatchObject({ responseOrigin: coturn, otherAddress: other })
    expect(first.mapped.port).toBe(first.socket.local.port)

    const changed = await askUdp(coturn, { changeRequest: { changeIp: true, changePort: true } }, other)
    expect(changed.source).toEqual(other)

    await withTcpMapping(coturn, async ({ connection, mapped }) => expect(mapped).toEqual(connection.local))
    const network = {
      ...ports.network,
      ...tlsDialer(ports.network, { serverName: 'stun.test', ca: CERTIFICATE }),
    }
    const secured = withTcpMapping(
      coturn,
      ({ connection, mapped }) => Promise.resolve({ connection, mapped }),
      network,
    )
    const { connection, mapped } = await secured
    expect(mapped).toEqual(connection.local)
  }),
)
