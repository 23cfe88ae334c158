import { expect, test } from '@jest/globals'
import { tcp, udp } from '../nat/testdata/packets.ts'
import { announcedSegmentSize, clampSegmentSize, packetLength } from './path-mtu.ts'
import { VirtualInternet } from './virtual-internet.ts'

const [a, b] = ['5.5.0.1:1', '5.5.0.2:2']
const syn = (...options: number[]) => ({ ...tcp(a, b, 'syn'), options: Uint8Array.from(options) })

test('a packet is as long as its headers and its payload', () => {
  expect(packetLength({ ...udp(a, b), payload: new Uint8Array(1252) })).toBe(1280)
  expect(packetLength(syn(2, 4, 5, 0xb4))).toBe(44)
  expect(packetLength({ ...udp('[2a00:5::1]:1', '[2a00:5::2]:2'), payload: new Uint8Array(2) })).toBe(50)
})

test('a SYN announces segments that fit', () => {
  const before = syn(1, 1, 2, 4, 5, 0xb4, 0)
  const clamped = clampSegmentSize(before, 1280)
  expect(clamped.protocol === 'tcp' && announcedSegmentSize(clamped)).toBe(1240)
  expect(announcedSegmentSize(before)).toBe(1460)
  expect(clampSegmentSize(before, 1500)).toBe(before)
  for (const odd of [[], [0, 2, 4, 5, 0xb4], [3, 0, 2, 4], [2, 4, 5]])
    expect(clampSegmentSize(syn(...odd), 1280)).toEqual(syn(...odd))
})

test('a link with an MTU loses long packets without a word, and TCP fits its segments', async () => {
  const net = new VirtualInternet({ seed: 1 })
  const [alice, bob] = [net.host({ link: { mtu: 1280 } }), net.host()]
  await net.run(async () => {
    const local = { ip: '0.0.0.0', port: 7000 }
    const [near, far] = [await alice.network.bindUdp({ local }), await bob.network.bindUdp({ local })]
    const lengths: number[] = []
    const came = new Promise<void>((resolve) => {
      far.onMessage((data) => {
        lengths.push(data.length)
        if (data.length === 1) resolve()
      })
    })
    for (const bytes of [1252, 1253, 1]) near.send(new Uint8Array(bytes), { ip: bob.ip, port: 7000 })
    await came
    expect(lengths).toEqual([1252, 1])
    const listener = await bob.network.listenTcp({ local: { ip: bob.ip, port: 8000 } })
    const accepted = new Promise<number>((resolve) => {
      listener.onConnection(({ stream }) => {
        let bytes = 0
        stream.on('data', (data: Uint8Array) => {
          bytes += data.length
          if (bytes === 100_000) resolve(bytes)
        })
      })
    })
    const { stream } = await alice.network.dial({ remote: { ip: bob.ip, port: 8000 } })
    stream.write(new Uint8Array(100_000))
    expect(await accepted).toBe(100_000)
    stream.destroy()
    await listener.close()
    for (const socket of [near, far]) socket.close()
  })
})
