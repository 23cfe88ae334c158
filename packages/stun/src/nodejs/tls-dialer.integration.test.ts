import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { AttributeType } from '../attributes/attribute-type.ts'
import { getTcpMapping } from '../client/get-mapping.ts'
import { decodeMessage, encodeMessage } from '../message.ts'
import { MessageClass } from '../message-type.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../testdata/certificate.ts'
import { encodeXorMappedAddress } from '../attributes/xor-mapped-address.ts'
import { tlsDialer } from './tls-dialer.ts'

let tlsServer: Server
let server: { ip: string; port: number }

beforeAll(async () => {
  tlsServer = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (request) => {
      const message = decodeMessage(request)
      const mapped = { ip: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
      const value = encodeXorMappedAddress(mapped, message.transactionId)
      const attributes = [{ type: AttributeType.XorMappedAddress, value }]
      socket.write(encodeMessage({ ...message, class: MessageClass.SuccessResponse, attributes }))
    })
  })
  await new Promise<void>((resolve) => tlsServer.listen(0, '127.0.0.1', resolve))
  server = { ip: '127.0.0.1', port: (tlsServer.address() as { port: number }).port }
})

afterAll(() => new Promise((resolve) => tlsServer.close(resolve)))

function mappingBy(serverName: string, ca?: string, timeoutMs = 20_000) {
  const network = {
    ...systemNetwork,
    ...tlsDialer(systemNetwork, { serverName, ...(ca !== undefined && { ca }) }),
  }
  return getTcpMapping({ network, clock: systemClock, random: systemRandom }, { server, timeoutMs })
}

test.each(['stun.test', '127.0.0.1'])(
  'B6: asks over TLS a server that proves to be %s',
  async (serverName) => {
    const { mapped, connection } = await mappingBy(serverName, CERTIFICATE)
    expect(mapped).toEqual(connection.local)
    connection.stream.destroy()
  },
)

test('refuses a certificate of another name, or of nobody it trusts', async () => {
  const refused = expect.objectContaining({ code: 'STUN_TLS' })
  await expect(mappingBy('other.test', CERTIFICATE)).rejects.toEqual(refused)
  await expect(mappingBy('stun.test')).rejects.toEqual(refused)
})

test('gives up in the middle of a handshake', async () => {
  const listener = await systemNetwork.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const closed = new Promise((resolve) =>
    listener.onConnection(({ stream }) =>
      stream
        .resume()
        .on('close', resolve)
        .on('end', () => stream.destroy()),
    ),
  )
  const network = { ...systemNetwork, ...tlsDialer(systemNetwork, { serverName: 'stun.test' }) }
  const ports = { network, clock: systemClock, random: systemRandom }
  const timeout = expect.objectContaining({ code: 'STUN_TIMEOUT' })
  await expect(getTcpMapping(ports, { server: listener.local, timeoutMs: 50 })).rejects.toEqual(timeout)
  await closed
  await listener.close()
})
