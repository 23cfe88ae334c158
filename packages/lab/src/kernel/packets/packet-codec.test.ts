import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Packet } from '../../packet.ts'
import { checksumOf, sumWords } from './checksum.ts'
import { quote, quoteAbout } from './icmp-codec.ts'
import { formatIpv4, formatIpv6, ipBytes } from './ip-bytes.ts'
import { decodeIpHeader, ProtocolNumber, transportChecksum } from './ip-header.ts'
import { decodePacket, encodePacket } from './packet-codec.ts'
import { rewritePacket } from './rewrite-packet.ts'
import { kernelPackets } from '../testdata/kernel-packets.ts'

const captured = Object.entries(kernelPackets)
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const decoded = (name: keyof typeof kernelPackets) => decodePacket(bytesOf(kernelPackets[name])) as Packet

describe('packets of a real kernel', () => {
  test('UDP', () => {
    expect(decoded('udp4')).toEqual({
      protocol: 'udp',
      source: { ip: '10.0.0.2', port: 38719 },
      destination: { ip: '10.0.0.3', port: 7 },
      ttl: 64,
      payload: bytesOf(Buffer.from('hello').toString('hex')),
    })
    expect(decoded('udp6')).toMatchObject({
      source: { ip: 'fd00::2' },
      destination: { ip: 'fd00::3', port: 7 },
    })
  })

  test('TCP with its options', () => {
    expect(decoded('syn4')).toMatchObject({
      protocol: 'tcp',
      flags: { syn: true, ack: false, fin: false, rst: false },
      sequence: 0x92254aa5,
      window: 0xfaf0,
      options: bytesOf('020405b40402080a0b6ae7e7000000000103030a'),
    })
    expect(decoded('data4')).toMatchObject({ flags: { ack: true }, payload: bytesOf('474554') })
    expect(decoded('reset6')).toMatchObject({ flags: { rst: true }, acknowledgement: 0x361d3c81 })
  })

  test('ICMP errors name what they are about', () => {
    for (const name of ['portUnreachable4', 'portUnreachable6'] as const) {
      const about = decoded(name.endsWith('4') ? 'udp4' : 'udp6')
      expect(decoded(name)).toMatchObject({
        kind: 'port-unreachable',
        about: { protocol: 'udp', source: about.source, destination: about.destination },
      })
    }
  })

  test('an echo has its identifier for ports', () => {
    expect(decoded('echoRequest4')).toMatchObject({
      kind: 'echo-request',
      source: { port: 0x1234 },
      destination: { port: 0x1234 },
      payload: bytesOf('000170696e67'),
    })
    expect(decoded('echoReply6')).toMatchObject({ kind: 'echo-reply', source: { ip: 'fd00::3' } })
  })

  test.each(captured)('%s: its checksums are found right, and encoded alike', (_, hex) => {
    const packet = decodePacket(bytesOf(hex)) as Packet
    expectChecksums(bytesOf(hex))
    const encoded = encodePacket(packet)
    expectChecksums(encoded)
    expect(decodePacket(encoded)).toEqual(packet)
  })

  test.each(captured)('%s: rewritten and back it is what it was', (_, hex) => {
    const bytes = bytesOf(hex)
    const packet = decodePacket(bytesOf(hex)) as Packet
    const other = packet.source.ip.includes(':') ? '2001:db8::ffff' : '192.0.2.77'
    const changed = translated(packet, other, 40_000)
    rewritePacket(bytes, changed)
    expectChecksums(bytes)
    expect(decodePacket(bytes)).toMatchObject({ ...changed, payload: expect.anything() })
    expect(Buffer.from(rewritePacket(bytes, packet)).toString('hex')).toBe(hex)
  })
})

test('an error can be quoted from the packet, or made up from what it is about', () => {
  for (const name of ['udp4', 'syn6', 'echoRequest4', 'echoRequest6'] as const) {
    const { protocol, source, destination, ttl } = decoded(name)
    const about = { protocol, source, destination }
    for (const payload of [quote(bytesOf(kernelPackets[name])), quoteAbout(about)]) {
      const error = {
        protocol: 'icmp',
        kind: 'time-exceeded',
        source,
        destination,
        ttl,
        about,
        payload,
      } as const
      expect(decodePacket(encodePacket(error))).toMatchObject({ kind: 'time-exceeded', about })
    }
  }
})

test('a UDP packet without a checksum stays without one', () => {
  const bytes = bytesOf(kernelPackets.udp4)
  bytes.fill(0, 26, 28)
  rewritePacket(bytes, translated(decoded('udp4'), '192.0.2.77', 1))
  expect(bytes.subarray(26, 28)).toEqual(new Uint8Array(2))
})

test('fragments and extension headers are not carried', () => {
  const fragment = bytesOf(kernelPackets.udp4)
  fragment[6] = 0x20
  expect(decodePacket(fragment)).toBeUndefined()
  const hopByHop = bytesOf(kernelPackets.udp6)
  hopByHop[6] = 0
  expect(decodePacket(hopByHop)).toBeUndefined()
})

test('any bytes are a packet or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0x45, 0x46, 0x60), (bytes, version) => {
      bytes[0] = version
      expect(() => decodePacket(bytes)).not.toThrow()
    }),
    { numRuns: 10_000 },
  )
})

test('cut and altered packets are a packet or nothing, and can be rewritten', () => {
  const hexes = Object.values(kernelPackets)
  fc.assert(
    fc.property(
      fc.constantFrom(...hexes),
      fc.nat(120),
      fc.nat(119),
      fc.nat(255),
      (hex, length, at, value) => {
        const bytes = bytesOf(hex).slice(0, length)
        if (at < bytes.length) bytes[at] = value
        expect(() => rewriteWhatDecodes(bytes)).not.toThrow()
      },
    ),
    { numRuns: 10_000 },
  )
})

test('UDP and TCP of any content survive encoding and decoding', () => {
  const ip = fc.oneof(
    fc.tuple(fc.ipV4(), fc.ipV4()),
    fc
      .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
      .map(([a, b]) => [canonical(a), canonical(b)] as const),
  )
  const port = fc.nat(65535)
  const word = fc.nat(0xffffffff)
  const payload = fc.uint8Array({ maxLength: 64 })
  fc.assert(
    fc.property(
      ip,
      port,
      port,
      payload,
      word,
      fc.boolean(),
      ([from, to], sourcePort, port, payload, sequence, syn) => {
        const source = { ip: from, port: sourcePort }
        const destination = { ip: to, port }
        const udp: Packet = { protocol: 'udp', source, destination, ttl: 9, payload }
        const flags = { syn, ack: !syn, fin: false, rst: false }
        const options = Uint8Array.of(2, 4, 5, 0xb4)
        const tcp: Packet = {
          ...udp,
          protocol: 'tcp',
          flags,
          sequence,
          acknowledgement: 7,
          window: 1,
          options,
        }
        for (const packet of [udp, tcp]) expect(decodePacket(encodePacket(packet))).toEqual(packet)
      },
    ),
  )
})

test('addresses are written in the one canonical way (RFC 5952 §4)', () => {
  for (const ip of ['::', '::1', '2001:db8::1', '1:0:0:2::3', 'fe80::1:0:0:1', '1:2:3:4:5:6:7:8', '0:1::']) {
    expect(canonical(ipBytes(ip))).toBe(ip === '0:1::' ? '0:1::' : ip)
  }
  expect(canonical(ipBytes('2001:DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1')
  expect(canonical(ipBytes('::ffff:192.0.2.1'))).toBe('::ffff:c000:201')
  expect(formatIpv4(new DataView(ipBytes('255.0.10.1').buffer), 0)).toBe('255.0.10.1')
})

function canonical(bytes: Uint8Array): string {
  return formatIpv6(new DataView(bytes.buffer, bytes.byteOffset), 0)
}

function rewriteWhatDecodes(bytes: Uint8Array): void {
  const packet = decodePacket(bytes)
  if (packet !== undefined) rewritePacket(bytes, packet)
}

/** A packet after translation by a NAT; in an error the quoted addresses change too. */
function translated(packet: Packet, ip: string, port: number): Packet {
  if (packet.protocol !== 'icmp') return { ...packet, source: { ip, port }, ttl: 3 }
  if (packet.about === undefined)
    return { ...packet, source: { ip, port }, destination: { ...packet.destination, port } }
  const about = { ...packet.about, destination: { ip, port } }
  return { ...packet, source: { ip, port: 0 }, about }
}

/** Recomputes every checksum. */
function expectChecksums(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { family, protocol, start } = decodeIpHeader(view) as NonNullable<ReturnType<typeof decodeIpHeader>>
  const ofHeader = family === 'IPv4' ? checksumOf(sumWords(view, 0, start)) : 0
  const isIcmp4 = protocol === ProtocolNumber.Icmp
  const ofRest = isIcmp4
    ? checksumOf(sumWords(view, start, bytes.length))
    : transportChecksum(view, protocol, start)
  expect({ ofHeader, ofRest }).toEqual({ ofHeader: 0, ofRest: 0 })
}
