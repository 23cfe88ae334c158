import { expect, test } from '@jest/globals'
import type { TcpConnection, TransportAddress, UdpSocket } from '@p2pd/netif'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { AttributeType } from '../attributes/attribute-type.ts'
import { bindingRequest, tcpBindingRequest } from './binding-request.ts'
import { getTcpMapping, getUdpMapping } from './get-mapping.ts'
import { decodeMessage, encodeMessage } from '../message.ts'
import { MessageClass } from '../message-type.ts'
import { encodeXorMappedAddress } from '../attributes/xor-mapped-address.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
const { clock, random } = ports

/** The success response to a request, for a client seen at `mapped`. */
function answer(request: Uint8Array, mapped: TransportAddress): Uint8Array {
  const message = decodeMessage(request)
  const value = encodeXorMappedAddress(mapped, message.transactionId)
  const attributes = [{ type: AttributeType.XorMappedAddress, value }]
  return encodeMessage({ ...message, class: MessageClass.SuccessResponse, attributes })
}

const bind = () => systemNetwork.bindUdp({ local: loopback })

/** Runs with sockets that are closed afterwards, whatever happens. */
async function withSockets<T>(count: number, run: (...sockets: UdpSocket[]) => Promise<T>): Promise<T> {
  const sockets = await Promise.all(Array.from({ length: count }, bind))
  try {
    return await run(...sockets)
  } finally {
    for (const socket of sockets) socket.close()
  }
}

/** A TCP server on loopback that handles each connection, until `run` is over. */
async function withTcpServer<T>(
  handle: (connection: TcpConnection) => void,
  run: (server: TransportAddress) => Promise<T>,
): Promise<T> {
  const listener = await systemNetwork.listenTcp({ local: loopback })
  const connections: TcpConnection[] = []
  listener.onConnection((connection) => {
    connections.push(connection)
    handle(connection)
  })
  try {
    return await run(listener.local)
  } finally {
    for (const { stream } of connections) stream.destroy()
    await listener.close()
  }
}

test('B6: over UDP the answer must carry the transaction id and come from the server', async () => {
  await withSockets(3, async (client, server, stranger) => {
    if (!client || !server || !stranger) throw new Error('no sockets')
    const lie = { ip: '203.0.113.66', port: 666 }
    server.onMessage((request, from) => {
      const otherId = Uint8Array.from(request)
      otherId[19] = (otherId[19] ?? 0) ^ 1
      stranger.send(answer(request, lie), from)
      server.send(answer(otherId, lie), from)
      server.send(new TextEncoder().encode('noise'), from)
      server.send(request, from)
      // Only once the client has had the stranger's packet, or it would prove nothing.
      const stop = client.onMessage((_, source) => {
        if (source.port !== stranger.local.port) return
        stop()
        server.send(answer(request, from), from)
      })
    })
    const response = await bindingRequest({ server: server.local, socket: client, clock, random })
    expect(response).toEqual({ mapped: client.local, source: server.local })
  })
})

test('UDP: with the other address given, each of its mixtures may answer', async () => {
  await withSockets(3, async (client, server, other) => {
    if (!client || !server || !other) throw new Error('no sockets')
    server.onMessage((request, from) => other.send(answer(request, from), from))
    const request = { changeRequest: { changeIp: false, changePort: true } }
    const options = { server: server.local, socket: client, clock, random, request }
    const response = await bindingRequest({ ...options, otherAddress: other.local })
    expect(response.source).toEqual(other.local)
  })
})

test('UDP: several requests share a socket', async () => {
  await withSockets(2, async (client, server) => {
    if (!client || !server) throw new Error('no sockets')
    const waiting: (() => void)[] = []
    server.onMessage((request, from) => {
      waiting.unshift(() => server.send(answer(request, { ip: from.ip, port: waiting.length }), from))
      if (waiting.length === 3) for (const send of waiting) send()
    })
    const ask = () => bindingRequest({ server: server.local, socket: client, clock, random })
    await expect(Promise.all([ask(), ask(), ask()])).resolves.toHaveLength(3)
  })
})

test('UDP: a silent server ends in STUN_TIMEOUT, an abort in its reason', async () => {
  await withSockets(2, async (socket, silent) => {
    if (!socket || !silent) throw new Error('no sockets')
    const options = { server: silent.local, socket, clock, random }
    const timeout = expect.objectContaining({ code: 'STUN_TIMEOUT' })
    await expect(bindingRequest({ ...options, timeoutMs: 20 })).rejects.toEqual(timeout)
    const signal = AbortSignal.abort(new Error('changed my mind'))
    await expect(bindingRequest({ ...options, signal })).rejects.toThrow('changed my mind')
  })
})

test('B7: getUdpMapping gives the local port, the mapped address and an open socket', async () => {
  await withSockets(1, async (server) => {
    if (!server) throw new Error('no socket')
    const stop = server.onMessage((request, from) => server.send(answer(request, from), from))
    const { socket, mapped } = await getUdpMapping(ports, { server: server.local, local: loopback })
    expect(mapped).toEqual(socket.local)
    stop()
    // The socket still works.
    const arrived = new Promise((resolve) => server.onMessage((data) => resolve(data[0])))
    socket.send(Uint8Array.of(42), server.local)
    expect(await arrived).toBe(42)
    socket.close()
  })
})

test('B7: getTcpMapping gives the local port, the mapped address and an open connection', async () => {
  const serve = ({ stream, remote }: TcpConnection) =>
    stream.on('data', (request: Uint8Array) => {
      const bytes = answer(request, remote)
      stream.write(bytes.subarray(0, 3))
      stream.write(bytes.subarray(3))
    })
  await withTcpServer(serve, async (server) => {
    const { connection, mapped } = await getTcpMapping(ports, { server })
    expect(mapped).toEqual(connection.local)
    // The connection can be asked again.
    const again = await tcpBindingRequest({ connection, clock, random })
    expect(again.mapped).toEqual(mapped)
    expect(connection.stream.listenerCount('data')).toBe(0)
    connection.stream.destroy()
  })
})

test('TCP: after the answer the end of the connection is still reported', async () => {
  const serve = ({ stream, remote }: TcpConnection) =>
    stream.on('data', (request: Uint8Array) => stream.end(answer(request, remote)))
  await withTcpServer(serve, async (server) => {
    const { connection } = await getTcpMapping(ports, { server })
    const ended = new Promise((resolve) => connection.stream.once('end', () => resolve('ended')))
    await expect(ended).resolves.toBe('ended')
    connection.stream.destroy()
  })
})

/** Long enough for a loaded machine; only what waits for it to pass has a short one. */
const PATIENT_MS = 20_000

test.each([
  ['closes without an answer', (c: TcpConnection) => c.stream.end(), 'STUN_CLOSED', PATIENT_MS],
  ['destroys the connection', (c: TcpConnection) => c.stream.destroy(), 'STUN_CLOSED', PATIENT_MS],
  [
    'speaks another protocol',
    (c: TcpConnection) => c.stream.write('SSH-2.0-x\r\n'),
    'STUN_MALFORMED',
    PATIENT_MS,
  ],
  ['says nothing', () => {}, 'STUN_TIMEOUT', 100],
])('TCP: a server that %s', async (_, handle, code, timeoutMs) => {
  await withTcpServer(handle, async (server) => {
    await expect(getTcpMapping(ports, { server, timeoutMs })).rejects.toMatchObject({ code })
  })
})

test('TCP: nothing listens there', async () => {
  const listener = await systemNetwork.listenTcp({ local: loopback })
  await listener.close()
  await expect(getTcpMapping(ports, { server: listener.local })).rejects.toMatchObject({
    code: 'NETIF_REFUSED',
  })
})
