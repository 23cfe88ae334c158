import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isAnnouncement } from './gateway/announcements.ts'
import { HttpResponseReader } from './http/http-response.ts'
import { parseHttpUrl, resolveHttpUrl } from './http/http-url.ts'
import { decodeNatPmpResponse, encodeNatPmpMapRequest } from './nat-pmp/nat-pmp-message.ts'
import { acceptMap } from './pcp/pcp-client.ts'
import { decodePcpResponse, encodePcpMapRequest } from './pcp/pcp-message.ts'
import { PortmapError } from './portmap-error.ts'
import { isSavedLease } from './lease/saved-lease.ts'
import { parseDeviceDescription } from './upnp/device-description.ts'
import { parseSoap } from './upnp/soap.ts'
import { parseSsdpResponse } from './upnp/ssdp-message.ts'
import { parseXml } from './upnp/xml.ts'
import { seededBytes } from './testing/index.ts'

// Stack traces take most of the time of so many errors.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

/** A tenth by default; `P2PD_FUZZ_SHARE=1 npm test -- packages/portmap/src/total` is the long run. */
const SHARE = Number(process.env['P2PD_FUZZ_SHARE'] ?? 0.1)

/** Every parser is total: a value, undefined, or this package's error, and quickly. */
function expectTotal(parse: () => unknown, input: () => string): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof PortmapError)) throw new Error(`for ${input()}`, { cause: error })
  }
}

const random = seededBytes(20_251_127)
const number = (below: number) => {
  const [a = 0, b = 0, c = 0] = random(3)
  return ((a << 16) | (b << 8) | c) % below
}

/** Flips, cuts, repeats and inserts. */
function mutate(bytes: Uint8Array): Uint8Array {
  let result = bytes.slice()
  for (let i = number(4); i >= 0; i--) {
    const at = number(result.length + 1)
    const kind = number(5)
    if (kind === 0 && at < result.length) result[at] = number(256)
    if (kind === 1) result = result.slice(0, at)
    if (kind === 2)
      result = Uint8Array.from([...result.slice(0, at), ...random(number(8)), ...result.slice(at)])
    if (kind === 3) result = Uint8Array.from([...result.slice(0, at), ...result.slice(at + number(16))])
    if (kind === 4) result = Uint8Array.from([...result.slice(0, at), ...result.slice(number(at + 1))])
  }
  return result
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const base = { authority: { ip: '192.168.1.1', port: 5000 }, path: '/root.xml' }
const request = {
  transport: 'udp',
  internal: { ip: '192.168.1.5', port: 4000 },
  suggestedExternalPort: 4000,
  lifetimeSeconds: 3600,
  mappingNonce: new Uint8Array(12),
} as const

const pcp = encodePcpMapRequest({
  ...request,
  clientIp: '::ffff:1.2.3.4',
  internalPort: 4000,
  suggestedExternalIp: '2001:db8::1',
})
pcp[1] = 0x81
const natPmp = Uint8Array.from([...encodeNatPmpMapRequest({ ...request, internalPort: 4000 }), 0, 0, 14, 16])
natPmp[1] = 0x81

const service = (control: string) =>
  `<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>${control}</controlURL></service>`
const description = `<?xml version="1.0"?><r:root xmlns:r="x"><URLBase>http://192.168.1.1/</URLBase><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><friendlyName>a &#x41;&amp;<![CDATA[<b>]]></friendlyName><serviceList>${service('c')}${service('/d')}</serviceList></device></r:root>`
const soap =
  '<s:Envelope xmlns:s="e"><s:Body><s:Fault><detail><UPnPError><errorCode>718</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>'
const ssdp = 'HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:5000/x\r\nST:a\r\nUSN: b\r\n\r\n'
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n'
const sized = 'HTTP/1.0 500 Error\nContent-Length: 5\n\nhello'

/** Reads an answer in pieces of any size. */
function readHttp(bytes: Uint8Array): unknown {
  const reader = new HttpResponseReader()
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + number(64)
    if (reader.push(bytes.subarray(at, at + size)) !== undefined) return undefined
    at += size
  }
  return reader.end()
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

test.each<[string, number, readonly Uint8Array[], (bytes: Uint8Array) => unknown]>([
  ['PCP', 50_000, [pcp], (bytes) => decodePcpResponse(bytes)],
  ['PCP, as an answer', 50_000, [pcp], (bytes) => acceptMap(bytes, request)],
  ['NAT-PMP', 50_000, [natPmp], (bytes) => decodeNatPmpResponse(bytes)],
  ['announcements', 30_000, [pcp, natPmp], (bytes) => isAnnouncement(bytes)],
  ['SSDP', 30_000, [utf8(ssdp)], (bytes) => parseSsdpResponse(bytes)],
  ['HTTP', 30_000, [utf8(chunked), utf8(sized)], readHttp],
  ['XML', 8_000, [utf8(description), utf8(soap)], (bytes) => parseXml(text(bytes))],
  ['descriptions', 6_000, [utf8(description)], (bytes) => parseDeviceDescription(text(bytes), base)],
  ['SOAP', 8_000, [utf8(soap)], (bytes) => parseSoap('AddPortMapping', number(2) ? 200 : 500, text(bytes))],
  [
    'URLs',
    30_000,
    [utf8('http://192.168.1.1:80/a/b?c#d'), utf8('http://[fe80::1%25eth0]:80/')],
    (bytes) => [parseHttpUrl(text(bytes)), resolveHttpUrl(text(bytes), base)],
  ],
])('%s: %i mutations, or a share of them, give a value or a PortmapError', (_name, count, seeds, parse) => {
  for (let i = 0; i < count * SHARE; i++) {
    const bytes =
      number(10) === 0 ? random(number(100)) : mutate(seeds[number(seeds.length)] ?? new Uint8Array())
    expectTotal(
      () => parse(bytes),
      () => JSON.stringify([...bytes]),
    )
  }
  expect(count * SHARE).toBeGreaterThanOrEqual(100)
})

test.each([
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  '<a'.repeat(100_000),
  '<a>'.repeat(100_000),
  `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`,
  `<a>${'<b/>'.repeat(200_000)}</a>`,
  '<__proto__><constructor/></__proto__>',
  '&'.repeat(500_000),
  '<a>&#x110000;&#0;&unknown;</a>',
  '',
])('XML that is made to hurt: %#', (hostile) => {
  const start = performance.now()
  expectTotal(
    () => parseXml(hostile),
    () => hostile.slice(0, 100),
  )
  expect(performance.now() - start).toBeLessThan(2000)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('saved leases: anything else than one is refused', () => {
  const good = {
    gateway: '192.168.1.1',
    transport: 'udp',
    internal: { ip: '192.168.1.5', port: 4000 },
    protocol: 'pcp',
    externalPort: 4000,
    mappingNonce: '00'.repeat(12),
  }
  expect(isSavedLease(good)).toBe(true)
  const bad = [
    null,
    1,
    [],
    {},
    { ...good, gateway: 'x' },
    { ...good, externalPort: 0 },
    { ...good, mappingNonce: 'zz' },
    { ...good, internal: null },
    { ...good, pinholeId: 'a' },
  ]
  expect(bad.filter(isSavedLease)).toEqual([])
})
