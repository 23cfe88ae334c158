import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { NetifError, type TransportAddress } from '@p2pd/netif'
import { ConnectBackOutcome, decodeMessage, getTcpMapping, tcpBindingRequest } from '@p2pd/stun'
import { type StunServer, startStunServer } from './stun-server.ts'
import { addressOf, askUdp, ended, ports, withTcpMapping } from './testdata/clients.ts'

let server: StunServer
let primary: TransportAddress

beforeAll(async () => {
  server = await startStunServer({ hosts: ['127.0.0.1', '127.0.0.2'], port: 0 })
  primary = addressOf(server.uris[0])
})
afterAll(() => server.close())

const { clock, random } = ports

test('lists each host over UDP and TCP', () => {
  expect(server.uris).toEqual([
    `stun:127.0.0.1:${server.port}`,
    `stun:127.0.0.1:${server.port}?transport=tcp`,
    `stun:127.0.0.2:${server.port}`,
    `stun:127.0.0.2:${server.port}?transport=tcp`,
  ])
})

test('UDP: answers from each of its four addresses as asked', async () => {
  const { otherAddress, mapped } = await askUdp(primary)
  expect(mapped.ip).toBe('127.0.0.1')
  if (otherAddress === undefined) throw new Error('no OTHER-ADDRESS')
  expect(otherAddress.ip).toBe('127.0.0.2')
  expect(otherAddress.port).not.toBe(primary.port)
  for (const changeIp of [false, true]) {
    for (const changePort of [false, true]) {
      const { source } = await askUdp(primary, { changeRequest: { changeIp, changePort } }, otherAddress)
      const ip = changeIp ? otherAddress.ip : primary.ip
      expect(source).toEqual({ ip, port: changePort ? otherAddress.port : primary.port })
    }
  }
})

test('TCP: answers several requests on a connection, and the other address answers too', async () => {
  await withTcpMapping(primary, async ({ connection, mapped, otherAddress }) => {
    expect(mapped).toEqual(connection.local)
    expect((await tcpBindingRequest({ connection, clock, random })).mapped).toEqual(mapped)
    await withTcpMapping(otherAddress as TransportAddress, async (other) => {
      expect(other.otherAddress).toEqual(primary)
    })
  })
})

test.each([
  [false, '127.0.0.1'],
  [true, '127.0.0.2'],
])('TCP: dials a listening client back (change IP %j: from %s)', async (changeIp, fromIp) => {
  await withTcpMapping(primary, async ({ connection, mapped }) => {
    const listener = await ports.network.listenTcp({ local: connection.local })
    const greeted = new Promise<{ from: TransportAddress; greeting: Uint8Array }>((resolve) => {
      listener.onConnection(({ stream, remote }) => {
        stream.on('error', () => {})
        stream.on('data', (greeting: Uint8Array) => resolve({ from: remote, greeting }))
        stream.on('end', () => stream.end())
      })
    })
    const request = { connectBack: { changeIp } }
    const response = await tcpBindingRequest({ connection, clock, random, request })
    expect(response).toMatchObject({ mapped, connectBack: ConnectBackOutcome.Connected })
    const { from, greeting } = await greeted
    expect(from.ip).toBe(fromIp)
    expect(from.port).not.toBe(primary.port)
    expect(decodeMessage(greeting).attributes).not.toHaveLength(0)
    await listener.close()
  })
})

test('TCP: reports to a client that does not listen that it refused', async () => {
  await withTcpMapping(primary, async ({ connection }) => {
    const request = { connectBack: { changeIp: true } }
    const { connectBack } = await tcpBindingRequest({ connection, clock, random, request })
    expect(connectBack).toBe(ConnectBackOutcome.Refused)
  })
})

test('TCP: one attempt at a time for each source', async () => {
  let refuse = () => {}
  const refused = new Promise<never>((_, reject) => {
    refuse = () => reject(new NetifError('NETIF_REFUSED', 'refused'))
  })
  const network = { ...ports.network, dial: () => refused }
  const slow = await startStunServer({ hosts: ['127.0.0.1'], port: 0, network })
  await withTcpMapping(addressOf(slow.uris[0]), async ({ connection }) => {
    const request = { connectBack: { changeIp: false } }
    const ask = () => tcpBindingRequest({ connection, clock, random, request })
    const first = ask()
    expect((await ask()).connectBack).toBe(ConnectBackOutcome.NotTried)
    refuse()
    expect((await first).connectBack).toBe(ConnectBackOutcome.Refused)
  })
  await slow.close()
})

test('TCP: a server without a second address does not dial from there', async () => {
  const single = await startStunServer({ hosts: ['127.0.0.1'], port: 0 })
  await withTcpMapping(addressOf(single.uris[0]), async ({ connection }) => {
    const request = { connectBack: { changeIp: true } }
    const { connectBack } = await tcpBindingRequest({ connection, clock, random, request })
    expect(connectBack).toBe(ConnectBackOutcome.NotTried)
  })
  await single.close()
})

test('TCP: a client that speaks another protocol is cut off', async () => {
  const connection = await ports.network.dial({ remote: primary })
  connection.stream.write('GET / HTTP/1.1\r\n\r\n')
  await expect(ended(connection)).resolves.toBeUndefined()
  connection.stream.destroy()
})

test('TCP: connections over the limit are closed', async () => {
  const limits = { connections: { total: 2, perSource: 2 } }
  const small = await startStunServer({ hosts: ['127.0.0.1'], port: 0, limits })
  const address = addressOf(small.uris[0])
  await withTcpMapping(address, async () => {
    await withTcpMapping(address, async () => {
      const third = await ports.network.dial({ remote: address })
      await expect(ended(third)).resolves.toBeUndefined()
      third.stream.destroy()
    })
  })
  await small.close()
})

test('a source over its rate gets no answers', async () => {
  const limits = { rate: { perSecond: 0, burst: 2 } }
  const small = await startStunServer({ hosts: ['127.0.0.1'], port: 0, limits })
  const address = addressOf(small.uris[0])
  await askUdp(address)
  await askUdp(address)
  const silent = getTcpMapping(ports, { server: address, timeoutMs: 100 })
  await expect(silent).rejects.toMatchObject({ code: 'STUN_TIMEOUT' })
  await small.close()
})

test('IPv6 and IPv4 are served on one port', async () => {
  const dual = await startStunServer({ hosts: ['127.0.0.1', '::1'], port: 0 })
  const uri = `stun:[::1]:${dual.port}`
  expect(dual.uris).toContain(uri)
  expect((await askUdp(addressOf(uri))).mapped.ip).toBe('::1')
  await withTcpMapping(addressOf(uri), async ({ mapped }) => expect(mapped.ip).toBe('::1'))
  await dual.close()
})

test('a port in use: one line that says which and what to do, and nothing stays bound', async () => {
  const start = () => startStunServer({ hosts: ['127.0.0.2', '127.0.0.1'], port: server.port })
  const message = `STUN over UDP on 127.0.0.2:${server.port}: the port is in use; stop the program that has it or choose another port`
  await expect(start()).rejects.toMatchObject({ code: 'INFRA_ADDRESS_IN_USE', message })
  const listener = await ports.network.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const taken = startStunServer({ hosts: ['127.0.0.3', '127.0.0.1'], port: listener.local.port })
  await expect(taken).rejects.toMatchObject({ code: 'INFRA_ADDRESS_IN_USE' })
  const again = await startStunServer({ hosts: ['127.0.0.3'], port: listener.local.port })
  await again.close()
  await listener.close()
})

test.each([
  [[], 'none'],
  [['localhost'], '"localhost" is not an IP address'],
  [['127.0.0.1', '127.0.0.1'], 'give one or two addresses of each family'],
  [['127.0.0.1', '127.0.0.2', '127.0.0.3'], 'give one or two'],
  [['127.0.0.1', '0.0.0.0'], 'give one or two'],
])('hosts %j are refused', async (hosts, reason) => {
  const start = startStunServer({ hosts, port: 0 })
  await expect(start).rejects.toMatchObject({
    code: 'INFRA_INVALID_ARGUMENT',
    message: expect.stringContaining(reason),
  })
})

test('an address that is not the machine’s is named', async () => {
  const start = startStunServer({ hosts: ['192.0.2.1'], port: 0 })
  await expect(start).rejects.toMatchObject({ code: 'INFRA_ADDRESS_NOT_AVAILABLE' })
})

test('a host that does not tell its addresses: an error, and nothing stays bound', async () => {
  const taken = await startStunServer({ hosts: ['0.0.0.0'], port: 0 })
  await taken.close()
  const interfaces = () => Promise.reject(new Error('no interfaces'))
  const network = { ...ports.network, interfaces }
  const start = startStunServer({ hosts: ['0.0.0.0'], port: taken.port, network })
  await expect(start).rejects.toThrow('no interfaces')
  const next = await startStunServer({ hosts: ['0.0.0.0'], port: taken.port })
  await next.close()
})

test('close ends connections and frees the ports', async () => {
  const first = await startStunServer({ hosts: ['127.0.0.1'], port: 0 })
  const connection = await ports.network.dial({ remote: addressOf(first.uris[0]) })
  const over = ended(connection)
  await first.close()
  await expect(over).resolves.toBeUndefined()
  connection.stream.destroy()
  const second = await startStunServer({ hosts: ['127.0.0.1'], port: first.port })
  await second.close()
})
