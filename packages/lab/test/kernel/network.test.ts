import { expect, test } from '@jest/globals'
import { testNetwork } from '@p2pd/netif/testing'
import { describeKernel, sharedLab } from './lab.ts'

describeKernel('kernel Internet', () => {
  const lab = sharedLab({
    scenario: {
      hosts: [
        { name: 'alice', families: ['IPv4', 'IPv6'] },
        { name: 'bob', families: ['IPv4', 'IPv6'] },
        { name: 'guest', behind: 'hotel' },
        { name: 'nested', behind: 'home' },
        { name: 'multihomed', behind: ['office', 'internet'] },
        { name: 'roaming' },
      ],
      boxes: [
        { name: 'hotel', preset: 'hotel' },
        { name: 'office', preset: 'full-cone-equal' },
        { name: 'carrier', preset: 'carrier', settings: { unsolicited: { tcp: 'icmp' } } },
        { name: 'home', preset: 'home', behind: 'carrier' },
      ],
    },
  })

  testNetwork('two hosts', ['IPv4', 'IPv6'], async (family) => {
    const net = await lab()
    const end = (name: string) => {
      const host = net.host(name)
      const isIpv6 = family === 'IPv6'
      return { network: host.network, ip: host.addresses.find((ip) => ip.includes(':') === isIpv6) ?? '' }
    }
    return { alice: end('alice'), bob: end('bob'), settle: (promise) => promise }
  })

  test('a kernel believes the ICMP error of a box: its own header is quoted, sequence number included', async () => {
    const net = await lab()
    const remote = { ip: net.host('bob').ip, port: 8080 }
    const refused = net.host('guest').network.dial({ remote })
    await expect(refused).rejects.toMatchObject({ code: 'NETIF_UNREACHABLE' })
  })

  test('a kernel believes an ICMP error that comes back through two NATs', async () => {
    const net = await lab()
    const [carrier = ''] = net.plan.boxes.find(({ name }) => name === 'carrier')?.external ?? []
    const network = net.host('bob').network
    await expect(network.dial({ remote: { ip: carrier, port: 8080 } })).rejects.toMatchObject({
      code: 'NETIF_UNREACHABLE',
    })
    // A host's own refusal: ICMP "port unreachable" for UDP, translated back twice.
    const script = `echo hello | socat -T 2 - UDP4:${net.host('alice').ip}:9`
    const { stderr } = await net.host('nested').exec('sh', ['-c', script])
    expect(stderr).toContain('Connection refused')
  })

  test('what is sent from an address of a host with two NICs leaves by that address’ NIC', async () => {
    const net = await lab()
    const [bob, host] = [net.host('bob'), net.host('multihomed')]
    const [insideOffice = '', onInternet = ''] = host.addresses
    const [office = ''] = net.plan.boxes.find(({ name }) => name === 'office')?.external ?? []
    const socket = await bob.network.bindUdp({ local: { ip: bob.ip, port: 4000 } })
    const seen: string[] = []
    const both = new Promise<void>((resolve) => {
      socket.onMessage((_, from) => {
        if (seen.push(from.ip) === 2) resolve()
      })
    })
    for (const ip of [insideOffice, onInternet]) {
      const sender = await host.network.bindUdp({ local: { ip, port: 0 } })
      sender.send(new Uint8Array(1), socket.local)
    }
    await both
    expect(seen.sort()).toEqual([office, onInternet].sort())
    socket.close()
  })

  test('a NIC that was sent packets while it was down works when it is up again', async () => {
    const net = await lab()
    const [bob, roaming] = [net.host('bob'), net.host('roaming')]
    const ip = async (args: string) =>
      expect(await roaming.exec('ip', args.split(' '))).toMatchObject({ status: 0 })
    const listener = await roaming.network.listenTcp({ local: { ip: roaming.ip, port: 0 } })
    await ip('link set eth0 down')
    const socket = await bob.network.bindUdp({ local: { ip: bob.ip, port: 0 } })
    const crossed = new Promise<void>((resolve) => {
      const stop = net.tap(({ link, direction }) => {
        if (link !== 'roaming/eth0' || direction !== 'down') return
        stop()
        resolve()
      })
    })
    socket.send(new Uint8Array(1), listener.local)
    await crossed
    // To look at the device takes longer than the packet needs to it.
    await ip('link show eth0')
    await ip('link set eth0 up')
    await ip('route add default dev eth0')
    const connection = await bob.network.dial({ remote: listener.local })
    connection.stream.destroy()
    await listener.close()
    socket.close()
  })

  test('unknown names are errors, and the exit statuses of programs are reported', async () => {
    const net = await lab()
    expect(() => net.box('nowhere')).toThrow(expect.objectContaining({ code: 'LAB_UNKNOWN_NAME' }))
    expect(() => net.host('nowhere')).toThrow(expect.objectContaining({ code: 'LAB_UNKNOWN_NAME' }))
    const { status } = await net.host('alice').exec('sh', ['-c', 'kill -9 $$'])
    expect(status).toBeNull()
  })
})
