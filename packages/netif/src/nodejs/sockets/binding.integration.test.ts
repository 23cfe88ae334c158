import { describe, expect, test } from '@jest/globals'
import { familyOf, type Interface, type TcpListener, type UdpSocket } from '@p2pd/netif'
import { loadInterfaces, resolve, systemNetwork } from '@p2pd/netif/node'

const up = (await loadInterfaces()).filter((nic) => nic.up)

/** Every address of the machine, with its zone where it needs one, and its NIC. */
const addresses = up.flatMap((nic) =>
  nic.addresses.map(({ ip, scope }) => ({
    nic,
    ip: scope === 'link' && familyOf(ip) === 'IPv6' ? zoned(ip, nic) : ip,
  })),
)

function zoned(ip: string, nic: Interface): string {
  return `${ip}%${process.platform === 'win32' ? nic.index : nic.name}`
}

async function closed(opened: Promise<[UdpSocket, TcpListener]>): Promise<string[]> {
  const [udp, tcp] = await opened
  udp.close()
  await tcp.close()
  return [udp.local.ip, tcp.local.ip]
}

const bind = (ip: string, interfaceName?: string) => {
  const options = { local: { ip, port: 0 }, ...(interfaceName !== undefined && { interfaceName }) }
  return closed(Promise.all([systemNetwork.bindUdp(options), systemNetwork.listenTcp(options)]))
}

describe('C6: UDP and TCP bind', () => {
  const families = new Set(addresses.map(({ ip }) => familyOf(ip)))

  test('to every address, per family', async () => {
    for (const family of families) {
      const any = family === 'IPv4' ? '0.0.0.0' : '::'
      expect(await bind(any)).toEqual([any, any])
    }
  })

  test('to localhost, as the name resolves', async () => {
    const [ip = ''] = await resolve('localhost')
    expect(await bind(ip)).toEqual([ip, ip])
  })

  test('to each address of each NIC: link-local ones with their zone', async () => {
    expect(addresses.length).toBeGreaterThan(0)
    for (const { ip } of addresses) expect(await bind(ip)).toEqual([ip, ip])
  })

  test('to each NIC by name, and to each address of it', async () => {
    for (const { nic, ip } of addresses) {
      expect(await bind(ip, nic.name)).toEqual([ip, ip])
      const any = familyOf(ip) === 'IPv4' ? '0.0.0.0' : '::'
      const own = addresses.filter((address) => address.nic === nic).map((address) => address.ip)
      for (const bound of await bind(any, nic.name)) expect(own).toContain(bound)
    }
  })

  test('to a NIC, and still reach the machine’s own addresses', async () => {
    for (const { nic, ip } of addresses) {
      const options = { local: { ip, port: 0 }, interfaceName: nic.name }
      const [a, b, untied] = await Promise.all([
        systemNetwork.bindUdp(options),
        systemNetwork.bindUdp(options),
        systemNetwork.bindUdp({ local: options.local }),
      ])
      for (const [from, to] of [
        [a, b],
        [untied, a],
        [a, untied],
      ] as const) {
        const arrived = new Promise((resolved) => to.onMessage((_, sender) => resolved(sender)))
        from.send(new Uint8Array(1), to.local)
        expect(await arrived).toEqual(from.local)
      }
      for (const socket of [a, b, untied]) socket.close()
      const listener = await systemNetwork.listenTcp(options)
      const { stream, remote } = await systemNetwork.dial({ ...options, remote: listener.local })
      expect(remote).toEqual(listener.local)
      stream.destroy()
      await listener.close()
    }
  })

  test('to a port of a NIC once', async () => {
    for (const { nic, ip } of addresses) {
      const first = await systemNetwork.bindUdp({ local: { ip, port: 0 }, interfaceName: nic.name })
      const second = systemNetwork.bindUdp({ local: first.local, interfaceName: nic.name })
      await expect(second).rejects.toMatchObject({ code: 'NETIF_ADDRESS_IN_USE' })
      first.close()
    }
  })

  test('to no NIC that does not exist, and to no address of another', async () => {
    await expect(bind('0.0.0.0', 'no such nic')).rejects.toMatchObject({
      code: 'NETIF_NOT_FOUND',
      message: expect.stringContaining('no such nic'),
    })
    for (const { name } of up.filter(({ addresses: own }) => own.some(({ family }) => family === 'IPv4'))) {
      await expect(bind('192.0.2.254', name)).rejects.toMatchObject({ code: 'NETIF_ADDRESS_NOT_AVAILABLE' })
    }
  })
})

describe('C18: the system’s resolver', () => {
  test('localhost per family, and in both', async () => {
    expect(await resolve('localhost', { family: 'IPv4' })).toContain('127.0.0.1')
    const both = await systemNetwork.resolve('localhost')
    expect(both.length).toBeGreaterThan(0)
  })
})

describe('C1: this machine’s NICs', () => {
  test('there is a loopback NIC; names are unique; at most one default per family', async () => {
    const nics = await systemNetwork.interfaces()
    expect(nics.some(({ type }) => type === 'loopback')).toBe(true)
    expect(new Set(nics.map(({ name }) => name)).size).toBe(nics.length)
    for (const family of ['IPv4', 'IPv6'] as const) {
      expect(nics.filter((nic) => nic.default[family]).length).toBeLessThanOrEqual(1)
    }
  })

  test('C2: its records survive JSON', async () => {
    expect(JSON.parse(JSON.stringify(up))).toEqual(up)
  })
})
