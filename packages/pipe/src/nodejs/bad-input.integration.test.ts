import { expect, test } from '@jest/globals'
import { startDaemon as startWith, type OpenTransport } from '@p2pd/pipe'
import { listen, openPipe, securePipe, startDaemon, systemPorts } from '@p2pd/pipe/node'
import { certificate } from '../../test/certificate.ts'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

const LOOPBACK = { ip: '127.0.0.1', port: 0 }
const failsWith = (code: string, message: RegExp = /./) =>
  expect.objectContaining({ name: 'PipeError', code, message: expect.stringMatching(message) })

test.each([
  ['port 70000', { dest: { ip: '127.0.0.1', port: 70_000 } }, 'PIPE_INVALID_ARGUMENT', /70000/],
  ['port 0', { dest: { ip: '127.0.0.1', port: 0 } }, 'PIPE_INVALID_ARGUMENT', /port/],
  ['no address', { dest: { ip: '127.0.0.256', port: 1 } }, 'PIPE_INVALID_ARGUMENT', /127\.0\.0\.256/],
  ['two families', { dest: { ip: '::1', port: 1 }, local: LOOPBACK }, 'PIPE_FAMILY_MISMATCH', /two families/],
  ['an unknown NIC', { dest: { ip: '127.0.0.1', port: 1 }, interfaceName: 'nic9' }, 'PIPE_NOT_FOUND', /nic9/],
  [
    'an unknown transport',
    { transport: 'sctp' as OpenTransport, dest: LOOPBACK },
    'PIPE_INVALID_ARGUMENT',
    /sctp/,
  ],
  ['no destination', {}, 'PIPE_INVALID_ARGUMENT', /destination/],
  ['a destination that is a text', { dest: '127.0.0.1:1' as never }, 'PIPE_INVALID_ARGUMENT', /./],
  [
    'an address without an IP',
    { dest: LOOPBACK1(), local: { port: 1 } as never },
    'PIPE_INVALID_ARGUMENT',
    /not an IP/,
  ],
  [
    'a foreign source',
    { dest: LOOPBACK1(), local: { ip: '192.0.2.1', port: 0 } },
    'PIPE_ADDRESS_NOT_AVAILABLE',
    /./,
  ],
  ['a bad time-out', { dest: LOOPBACK1(), timeoutMs: -1 }, 'PIPE_INVALID_ARGUMENT', /timeoutMs/],
] as const)('openPipe names %s', async (_name, options, code, message) => {
  await expect(openPipe({ transport: 'tcp', ...options })).rejects.toEqual(failsWith(code, message))
})

function LOOPBACK1() {
  return { ip: '127.0.0.1', port: 1 }
}

test('nobody listens: refused; the caller gives up: aborted', async () => {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  await server.close()
  await expect(openPipe({ transport: 'tcp', dest: server.local })).rejects.toEqual(failsWith('PIPE_REFUSED'))
  const signal = AbortSignal.abort('enough')
  const aborted = openPipe({ transport: 'tcp', dest: server.local, signal })
  await expect(aborted).rejects.toEqual(failsWith('PIPE_ABORTED'))
})

test('a peer that never speaks TLS is given up in time', async () => {
  const silent = await listen({ transport: 'tcp', local: LOOPBACK })
  const opening = openPipe({ transport: 'tls', dest: silent.local, timeoutMs: 50 })
  await expect(opening).rejects.toEqual(failsWith('PIPE_TIMEOUT', /50 ms/))
  await silent.close()
})

test('a certificate that nobody vouches for is refused, and the server reports it', async () => {
  const told: unknown[] = []
  const server = await listen({
    transport: 'tls',
    local: LOOPBACK,
    tls: certificate,
    onError: (error) => void told.push(error),
  })
  const opening = openPipe({ transport: 'tls', dest: server.local })
  await expect(opening).rejects.toEqual(failsWith('PIPE_TLS', /certificate/))
  const plain = await openPipe({ transport: 'tcp', dest: server.local })
  await plain.send('not TLS at all')
  await closeOf(plain)
  expect(told).toContainEqual(failsWith('PIPE_TLS'))
  await Promise.all([plain.close(), server.close()])
})

test('a pipe becomes a TLS pipe after plain words', async () => {
  const { client, served, close } = await openPair('tcp')
  await client.send('STARTTLS')
  await served.recv({ match: /STARTTLS/, timeoutMs: 5000 })
  const [secureClient, secureServer] = await Promise.all([
    securePipe(client, 'client', { tls: { ca: certificate.cert, serverName: 'pipe.example' } }),
    securePipe(served, 'server', { tls: certificate }),
  ])
  await secureClient.send('secret')
  expect(String((await secureServer.recv({ timeoutMs: 5000 })).data)).toBe('secret')
  expect(secureServer.transport).toBe('tls')
  await Promise.all([secureClient.close(), secureServer.close(), close()])
})

test.each([
  [{ transport: 'tcp', local: { ip: '127.0.0.1', port: 70_000 } }, 'PIPE_INVALID_ARGUMENT'],
  [{ transport: 'quic' as OpenTransport, local: LOOPBACK }, 'PIPE_INVALID_ARGUMENT'],
  [{ transport: 'tls', local: LOOPBACK }, 'PIPE_INVALID_ARGUMENT'],
  [{ transport: 'tcp', local: LOOPBACK, maxPipes: 0 }, 'PIPE_INVALID_ARGUMENT'],
  [{ transport: 'udp', local: { ip: '192.0.2.1', port: 0 } }, 'PIPE_ADDRESS_NOT_AVAILABLE'],
] as const)('listen names what is wrong in %j', async (options, code) => {
  await expect(listen(options)).rejects.toEqual(failsWith(code))
})

test.each(['tcp', 'tls', 'udp'] as const)('a closed pipe says so: %s', async (transport) => {
  const { client, close } = await openPair(transport)
  await client.close()
  await expect(client.send('x')).rejects.toEqual(failsWith('PIPE_CLOSED'))
  await expect(client.recv()).rejects.toEqual(failsWith('PIPE_CLOSED'))
  await close()
})

test('a datagram pipe names a bad destination, none, and too much', async () => {
  const pipe = await openPipe({ transport: 'udp', local: LOOPBACK })
  await expect(pipe.send('x')).rejects.toEqual(failsWith('PIPE_INVALID_ARGUMENT', /to whom/))
  await expect(pipe.send('x', { ip: '::1', port: 1 })).rejects.toEqual(failsWith('PIPE_FAMILY_MISMATCH'))
  await expect(pipe.send('x', { ip: '127.0.0.1', port: 70_000 })).rejects.toEqual(
    failsWith('PIPE_INVALID_ARGUMENT'),
  )
  const tooMuch = new Uint8Array(65_508)
  await expect(pipe.send(tooMuch, LOOPBACK1())).rejects.toEqual(failsWith('PIPE_TOO_LARGE', /65507/))
  await expect(pipe.send(7 as never, LOOPBACK1())).rejects.toEqual(failsWith('PIPE_INVALID_ARGUMENT'))
  await pipe.close()
})

test('a family that the host lacks fails as an address that is not available', async () => {
  const { NetifError } = await import('@p2pd/netif')
  const bindUdp = () =>
    Promise.reject(new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', 'cannot bind: EAFNOSUPPORT'))
  const network = { ...systemPorts.network, bindUdp, listenTcp: bindUdp }
  const ports = { ...systemPorts, network }
  const opening = openPipe({ transport: 'udp', dest: { ip: '::1', port: 1 } }, ports)
  await expect(opening).rejects.toEqual(failsWith('PIPE_ADDRESS_NOT_AVAILABLE'))
  const starting = startWith({ reach: 'loopback', port: 0, onPipe: () => {} }, ports)
  await expect(starting).rejects.toEqual(failsWith('PIPE_ADDRESS_NOT_AVAILABLE', /no address/))
  const nowhere = startDaemon({ reach: 'moon' as 'lan', port: 0, onPipe: () => {} })
  await expect(nowhere).rejects.toEqual(failsWith('PIPE_INVALID_ARGUMENT', /moon/))
})
