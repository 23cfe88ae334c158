import type { TcpConnection, TcpListener, TransportAddress, UdpSocket } from '@p2pd/netif'
import type { MappingTransport } from '../mapping.ts'
import type { IgdScript, IgdOwner } from './gateway-script.ts'
import { type ActionResult, ScriptedFirewall } from './scripted-firewall.ts'

const SERVICE = 'urn:schemas-upnp-org:service'
const DEVICE = 'urn:schemas-upnp-org:device'

/** SSDP, descriptions and SOAP of a scripted gateway. */
export class ScriptedIgd {
  readonly #gateway: IgdOwner
  #firewall: ScriptedFirewall
  #ssdp: UdpSocket | undefined
  #answers: UdpSocket | undefined
  #http: TcpListener | undefined

  constructor(gateway: IgdOwner) {
    this.#gateway = gateway
    this.#firewall = new ScriptedFirewall(gateway.table)
  }

  async start(): Promise<void> {
    const { network, ip, ssdpPort = 1900 } = this.#gateway.place
    const script = this.#gateway.script.igd
    if (script === undefined) return
    this.#ssdp = await network.bindUdp({ local: { ip, port: ssdpPort } })
    this.#answers =
      script.answerFrom === undefined && script.answerPort === undefined
        ? this.#ssdp
        : await network.bindUdp({
            local: { ip: script.answerFrom ?? ip, port: script.answerPort ?? ssdpPort },
          })
    this.#ssdp.onMessage((data, from) => this.#search(new TextDecoder().decode(data), from))
    await this.listen(script.httpPort ?? 5000)
  }

  /** Moves the web server to another port, as a reboot does. */
  async listen(port: number): Promise<void> {
    const { network, ip } = this.#gateway.place
    await this.#http?.close()
    this.#http = await network.listenTcp({ local: { ip, port } })
    this.#http.onConnection((connection) => this.#serve(connection))
  }

  /** Forgets its pinholes, as a restart does. */
  forgetPinholes(): void {
    this.#firewall = new ScriptedFirewall(this.#gateway.table)
    this.#gateway.table.clear()
  }

  async close(): Promise<void> {
    this.#ssdp?.close()
    this.#answers?.close()
    await this.#http?.close()
  }

  get #script(): IgdScript {
    return this.#gateway.script.igd ?? {}
  }

  #search(text: string, from: TransportAddress): void {
    const { place, now, script } = this.#gateway
    if (!text.startsWith('M-SEARCH') || now < script.silentUntil) return
    this.#gateway.note('M-SEARCH')
    const unicast =
      /^HOST: *\[?([^\]\r\n]*?)\]?:\d+/im.exec(text)?.[1]?.toLowerCase() === place.ip.toLowerCase()
    if (this.#script.answersOnly !== undefined && (this.#script.answersOnly === 'unicast') !== unicast) return
    const target = /^ST: *(.*)$/im.exec(text)?.[1]?.trim() ?? ''
    const host = place.ip.includes(':') ? `[${place.ip}]` : place.ip
    for (const location of this.#script.locations ?? [`http://${host}:${this.#http?.local.port}/root.xml`]) {
      const lines = [
        'HTTP/1.1 200 OK',
        'CACHE-CONTROL: max-age=1800',
        `location:${location}`,
        `ST: ${target}`,
      ]
      const answer = new TextEncoder().encode([...lines, `USN: uuid:1::${target}`, '', ''].join('\r\n'))
      this.#answers?.send(answer, from)
      this.#answers?.send(answer, from)
    }
  }

  #serve({ stream, remote }: TcpConnection): void {
    let request = ''
    stream.on('error', () => {})
    stream.on('data', (chunk: Uint8Array) => {
      request += new TextDecoder().decode(chunk)
      const head = request.indexOf('\r\n\r\n')
      const length = Number(/^Content-Length: (\d+)/im.exec(request)?.[1] ?? 0)
      if (head === -1 || request.length < head + 4 + length) return
      const { clock } = this.#gateway.place
      const answer = this.#answer(request, remote.ip)
      request = ''
      clock.at(clock.now() + (this.#script.delayMs ?? 0), () => this.#write(stream, answer))
    })
  }

  #write(stream: TcpConnection['stream'], { status, body }: { status: string; body: string }): void {
    const kind = this.#script.body ?? 'length'
    if (stream.destroyed) return
    const eol = kind === 'lf' ? '\n' : '\r\n'
    const fields = kind === 'chunked' ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${body.length}`]
    const named = kind === 'length' || kind === 'chunked' || kind === 'lf' ? fields : []
    const head = [
      `HTTP/1.${kind === 'close' ? 0 : 1} ${status}`,
      'Content-Type: text/xml',
      ...named,
      '',
      '',
    ].join(eol)
    const half = Math.floor(body.length / 2)
    const chunks = [body.slice(0, half), body.slice(half)]
      .map((part) => `${part.length.toString(16)};x=y\r\n${part}\r\n`)
      .join('')
    const whole = head + (kind === 'chunked' ? `${chunks}0\r\n\r\n` : body)
    stream.write(this.#script.rewrite?.(whole) ?? whole)
    if (kind === 'close') stream.end()
    if (kind === 'endless') this.#writeForever(stream)
  }

  #writeForever(stream: TcpConnection['stream']): void {
    const { clock } = this.#gateway.place
    if (stream.destroyed) return
    stream.write(' '.repeat(65_536))
    clock.at(clock.now() + 1, () => this.#writeForever(stream))
  }

  #answer(request: string, client: string): { status: string; body: string } {
    const path = request.split(' ')[1] ?? ''
    const action = /^SOAPAction: *"[^#]*#(\w+)"/im.exec(request)?.[1]
    if (action === undefined) {
      this.#gateway.note(`GET ${path}`)
      return path === '/root.xml'
        ? { status: '200 OK', body: this.#description() }
        : { status: '404 Not Found', body: '' }
    }
    this.#gateway.note(action)
    const args = new Map<string, string>()
    for (const [, name = '', value = ''] of request.matchAll(/<(\w+)>([^<]*)<\/\1>/g)) args.set(name, value)
    const index = Number(/(\d+)$/.exec(path)?.[1] ?? 0)
    const result = this.#script.error?.(action, args) ?? this.#act(action, args, client, index)
    if (typeof result === 'number') return { status: '500 Internal Server Error', body: fault(result) }
    const fields = Object.entries(result).map(([name, value]) => `<${name}>${value}</${name}>`)
    return {
      status: '200 OK',
      body: envelope(`<u:${action}Response xmlns:u="x">${fields.join('')}</u:${action}Response>`),
    }
  }

  #act(action: string, args: ReadonlyMap<string, string>, client: string, index: number): ActionResult {
    const { table, now, script } = this.#gateway
    const transport = (args.get('NewProtocol') ?? 'TCP').toLowerCase() as MappingTransport
    const externalPort = Number(args.get('NewExternalPort'))
    const service = this.#script.services?.[index]
    const row = table.find(transport, externalPort, now)
    switch (action) {
      case 'GetExternalIPAddress':
        return { NewExternalIPAddress: service?.externalIp ?? script.externalIp }
      case 'GetStatusInfo':
        return { NewConnectionStatus: (service?.connected ?? true) ? 'Connected' : 'Disconnected' }
      case 'AddPortMapping':
      case 'AddAnyPortMapping':
        return this.#add(action, transport, externalPort, args, client)
      case 'GetSpecificPortMappingEntry':
        if (row === undefined) return 714
        return {
          NewInternalPort: row.internalPort,
          NewInternalClient: row.client,
          NewEnabled: 1,
          NewLeaseDuration: this.#leaseLeft(row.endsAt - now),
        }
      case 'DeletePortMapping':
        if (row === undefined) return 714
        table.delete(row)
        return {}
      default:
        if (action === 'GetFirewallStatus') return this.#firewallStatus()
        return this.#firewall.act(action, args, client, now) ?? 401
    }
  }

  #firewallStatus(): ActionResult {
    return { FirewallEnabled: 1, InboundPinholeAllowed: Number(this.#script.pinholeAllowed ?? true) }
  }

  #leaseLeft(milliseconds: number): number {
    const seconds = Number.isFinite(milliseconds) ? Math.round(milliseconds / 1000) : 0
    return this.#script.leaseShown?.(seconds) ?? seconds
  }

  #add(
    action: string,
    transport: MappingTransport,
    wanted: number,
    args: ReadonlyMap<string, string>,
    client: string,
  ): ActionResult {
    const { table, now, script } = this.#gateway
    if (action === 'AddAnyPortMapping' && (this.#script.version ?? 1) < 2) return 401
    const internalPort = Number(args.get('NewInternalPort'))
    let externalPort = wanted
    const taken = () => {
      const row = table.find(transport, externalPort, now)
      return row !== undefined && (row.client !== client || row.internalPort !== internalPort)
    }
    while (action === 'AddAnyPortMapping' && taken()) externalPort++
    if (taken()) return 718
    const lease = script.grant(Number(args.get('NewLeaseDuration')))
    const endsAt = lease === 0 ? Number.POSITIVE_INFINITY : now + lease * 1000
    if (!table.put({ transport, externalPort, client, internalPort, endsAt }, now)) return 501
    return action === 'AddAnyPortMapping' ? { NewReservedPort: externalPort } : {}
  }

  #description(): string {
    const { version = 1, services, urlBase } = this.#script
    const listed = services ?? [{ name: 'WANIPConnection', version }]
    const control = this.#script.controlUrl ?? ((index: number) => `/control/${index}`)
    const serviceList = listed.map(
      ({ name, version: number }, i) => `
        <service><serviceType> ${SERVICE}:${name}:${number} </serviceType>
          <controlURL>
            ${control(i)}
          </controlURL></service>`,
    )
    const device = (type: string, inner: string) =>
      `<device><deviceType>${DEVICE}:${type}</deviceType><friendlyName>A &amp; B</friendlyName>${inner}</device>`
    const connection = device(
      `WANConnectionDevice:${version}`,
      `<serviceList>${serviceList.join('')}</serviceList>`,
    )
    const wan = device(`WANDevice:${version}`, `<deviceList>${connection}</deviceList>`)
    const root = device(`InternetGatewayDevice:${version}`, `<deviceList>${wan}</deviceList>`)
    const base = urlBase === undefined ? '' : `<URLBase>${urlBase}</URLBase>`
    return `<?xml version="1.0"?><root xmlns="${DEVICE}-1-0">${base}${root}</root>`
  }
}

function envelope(body: string): string {
  return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`
}

function fault(code: number): string {
  const detail = `<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${code}</errorCode></UPnPError>`
  return envelope(`<s:Fault><faultcode>s:Client</faultcode><detail>${detail}</detail></s:Fault>`)
}
