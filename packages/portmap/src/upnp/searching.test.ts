import { expect, test } from '@jest/globals'
import { encodeHttpRequest } from '../http/http-request.ts'
import { DatagramExchange } from '../exchange/datagram-exchange.ts'
import { closed, HOME, mapped, mappingOf, type VirtualHome, virtualHome } from '../testing/index.ts'
import { encodeSoap } from './soap.ts'
import { encodeSearch } from './ssdp-message.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const CONNECTION = 'urn:schemas-upnp-org:service:WANIPConnection:1'

test('a search as gateways want it: CRLF, quotes around ssdp:discover, MX, the host that is asked', () => {
  const st = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1'
  expect(text(encodeSearch({ ip: HOME.gateway, port: 1900 }, st))).toBe(
    `M-SEARCH * HTTP/1.1\r\nHOST: ${HOME.gateway}:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ${st}\r\n\r\n`,
  )
  const six = text(encodeSearch({ ip: 'ff02::c', port: 1900 }, 'upnp:rootdevice'))
  expect(six).toContain('\r\nHOST: [FF02::C]:1900\r\n')
})

test('a request as gateways want it: SOAPAction is not the last field, the host is the literal address', () => {
  const url = { authority: { ip: HOME.gateway, port: 5000 }, path: '/control/0' }
  const soap = { action: `${CONNECTION}#AddPortMapping`, body: '<x/>' }
  const lines = text(encodeHttpRequest({ url, soap })).split('\r\n')
  expect(lines.slice(0, 6)).toEqual([
    'POST /control/0 HTTP/1.1',
    `Host: ${HOME.gateway}:5000`,
    'Content-Length: 4',
    'Content-Type: text/xml; charset="utf-8"',
    `SOAPAction: "${CONNECTION}#AddPortMapping"`,
    'Connection: Close',
  ])
  expect(encodeSoap(CONNECTION, 'A', [['B', '<&>']])).toContain('<B>&lt;&amp;&gt;</B>')
})

test('the arguments of AddPortMapping come in order, all of them, the remote host empty, the protocol in capitals', async () => {
  let asked: readonly (readonly [string, string])[] = []
  const error = (action: string, args: ReadonlyMap<string, string>) => {
    if (action === 'AddPortMapping') asked = [...args]
    return undefined
  }
  const home = await virtualHome({ igd: { error } })
  await mapped(home)
  expect(asked).toEqual([
    ['NewRemoteHost', ''],
    ['NewExternalPort', '4000'],
    ['NewProtocol', 'UDP'],
    ['NewInternalPort', '4000'],
    ['NewInternalClient', HOME.client],
    ['NewEnabled', '1'],
    ['NewPortMappingDescription', 'p2pd'],
    ['NewLeaseDuration', '3600'],
  ])
  await closed(home)
})

test('searches go to the gateway and to all, for both versions and the services, several times', async () => {
  const home = await virtualHome({})
  await mapped(home)
  await home.clock.advance(10_000)
  const searches = home.lan.sent.filter(({ to }) => to.port === 1900)
  const targets = new Set(searches.map(({ data }) => /^ST: .*:(\w+:\d|rootdevice)/m.exec(text(data))?.[1]))
  const all = [
    'InternetGatewayDevice:1',
    'InternetGatewayDevice:2',
    'WANIPConnection:1',
    'WANIPConnection:2',
    'WANPPPConnection:1',
    'rootdevice',
  ]
  expect(targets).toEqual(new Set(all))
  for (const ip of [HOME.gateway, '239.255.255.250'])
    expect(searches.filter(({ to }) => to.ip === ip).length).toBeGreaterThanOrEqual(3)
  await closed(home)
})

/** Another device on the LAN, which answers each search with these LOCATIONs. */
async function withDevice({ lan }: VirtualHome, locations: readonly string[]): Promise<() => void> {
  const socket = await lan.host('tv', ['192.168.1.77']).bindUdp({ local: { ip: '192.168.1.77', port: 1900 } })
  socket.onMessage((_data, from) => {
    for (const location of locations)
      socket.send(new TextEncoder().encode(`HTTP/1.1 200 OK\r\nLOCATION: ${location}\r\n\r\n`), from)
  })
  return () => socket.close()
}

test.each([
  ['a television answers first', ['http://192.168.1.77:80/tv.xml']],
  [
    'a hundred LOCATIONs of another device',
    Array.from({ length: 100 }, (_, i) => `http://192.168.1.77/${i}`),
  ],
] as const)('%s: the gateway is found all the same', async (_name, locations) => {
  const home = await virtualHome({ igd: { answersOnly: 'multicast' } })
  const remove = await withDevice(home, locations)
  const { lease } = await mapped(home)
  await home.clock.advance(20_000)
  expect(mappingOf(lease).protocol).toBe('upnp-igd1')
  remove()
  await closed(home)
})

test('a question is sent after 0, 250, 750, 1750 and 3750 ms, and has failed after 7750', () => {
  const exchange = new DatagramExchange(Uint8Array.of(1), { ip: HOME.gateway, port: 5351 }, () => undefined)
  const sentAt: number[] = []
  for (let now = 0; ; ) {
    const at = now
    const outputs = exchange.wake(at)
    for (const output of outputs) {
      if (output.type === 'send') sentAt.push(at)
      if (output.type === 'wake') now = output.at
    }
    if (outputs.some(({ type }) => type === 'done')) break
  }
  expect(sentAt).toEqual([0, 250, 750, 1750, 3750])
  // From another port or host nothing counts.
  expect(exchange.receive(Uint8Array.of(0), { ip: HOME.gateway, port: 5352 })).toEqual([])
  expect(exchange.receive(Uint8Array.of(0), { ip: '192.168.1.66', port: 5351 })).toEqual([])
})

test('the web server is on another port after a reboot: discovered anew at the renewal', async () => {
  let locations = [`http://${HOME.gateway}:5000/root.xml`]
  const home = await virtualHome({ igd: {} })
  home.gateway.script.igd = {
    get locations() {
      return locations
    },
  }
  await mapped(home)
  home.gateway.reboot()
  locations = [`http://${HOME.gateway}:6000/root.xml`]
  await home.gateway.igd?.listen(6000)
  await home.clock.advance(45 * 60_000)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
})
