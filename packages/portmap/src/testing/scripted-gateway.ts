import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { MappingTransport } from '../mapping.ts'
import { encodePcpAddress } from '../pcp/pcp-address.ts'
import { MappingTable, type TableRow } from './mapping-table.ts'
import type { GatewayPlace, GatewayScript, UpstreamGateway, UpstreamRequest } from './gateway-script.ts'
import { ScriptedIgd } from './scripted-igd.ts'

const PROTOCOLS: Readonly<Record<number, MappingTransport>> = { 6: 'tcp', 17: 'udp' }

/** A gateway that plays a script, on any network: PCP, NAT-PMP, UPnP. It counts what it receives. */
export class ScriptedGateway implements UpstreamGateway {
  readonly table = new MappingTable()
  readonly script: GatewayScript
  /** Requests by name: `pcp map`, `nat-pmp address`, `AddPortMapping`, `M-SEARCH` and so on. */
  readonly received = new Map<string, number>()
  readonly place: GatewayPlace
  #epochStart: number
  #udp: UdpSocket | undefined
  #other: UdpSocket | undefined
  /** Its UPnP side, once started. */
  igd: ScriptedIgd | undefined

  constructor(place: GatewayPlace, script: Partial<GatewayScript> = {}) {
    this.place = place
    this.#epochStart = place.clock.now()
    this.script = {
      externalIp: '203.0.113.7',
      pcp: false,
      closed: false,
      natPmp: false,
      deafMs: 0,
      errorSeconds: 0,
      igd: undefined,
      silentUntil: 0,
      grant: (seconds) => seconds,
      answerFrom: undefined,
      upstream: undefined,
      ...script,
    }
  }

  get now(): number {
    return this.place.clock.now()
  }

  count(name: string): number {
    return this.received.get(name) ?? 0
  }

  note(name: string): void {
    this.received.set(name, this.count(name) + 1)
  }

  async start(): Promise<void> {
    const { network, ip, serverPort = 5351 } = this.place
    if (!this.script.closed) {
      this.#udp = await network.bindUdp({ local: { ip, port: serverPort } })
      this.#udp.onMessage((data, from) => this.#receive(data, from))
    }
    if (this.script.answerFrom !== undefined) {
      this.#other = await network.bindUdp({ local: { ip: this.script.answerFrom, port: serverPort } })
    }
    this.igd = new ScriptedIgd(this)
    await this.igd.start()
  }

  async close(): Promise<void> {
    this.#udp?.close()
    this.#other?.close()
    await this.igd?.close()
  }

  /** Forgets every mapping; its epoch starts again. Announced or not, as gateways do or do not. */
  reboot({ announce = false } = {}): void {
    this.table.clear()
    this.#epochStart = this.now
    if (!announce) return
    const bytes = new Uint8Array(24)
    bytes.set([2, 0x80])
    this.#udp?.send(bytes, { ip: '224.0.0.1', port: 5350 })
  }

  #receive(data: Uint8Array, from: TransportAddress): void {
    if (this.now < this.script.silentUntil || data.length < 2) return
    const isMapping = data[0] === 0 ? data[1] !== 0 : this.script.pcp !== false
    if (isMapping && this.script.deafMs > 0) this.script.silentUntil = this.now + this.script.deafMs
    if (this.now < this.script.silentUntil) return
    const answer = data[0] === 0 ? this.#natPmp(data, from) : this.#pcp(data, from)
    if (answer !== undefined) (this.#other ?? this.#udp)?.send(answer, from)
  }

  get #epochSeconds(): number {
    return Math.floor((this.now - this.#epochStart) / 1000)
  }

  #pcp(data: Uint8Array, from: TransportAddress): Uint8Array | undefined {
    const { pcp } = this.script
    if (pcp === false) return undefined
    this.note('pcp map')
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    if (pcp === 'nat-pmp') return Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0)
    const answer = data.slice(0, 60)
    const out = new DataView(answer.buffer)
    answer[1] = 0x81
    answer.fill(0, 12, 24)
    out.setUint32(8, this.#epochSeconds)
    const refuse = (code: number) => {
      answer[3] = code
      out.setUint32(4, this.script.errorSeconds)
      return answer
    }
    if (typeof pcp === 'number') return refuse(pcp)
    const nonce = data.slice(24, 36).join('.')
    const transport = PROTOCOLS[data[36] ?? 0] ?? 'udp'
    const [internalPort, suggested] = [view.getUint16(40), view.getUint16(42)]
    const lifetime = view.getUint32(4)
    const known = this.table.of(transport, from.ip, internalPort, this.now)
    if (known?.nonce !== undefined && known.nonce !== nonce) return refuse(2)
    if (lifetime === 0) {
      if (known !== undefined) this.#release(known)
      return answer
    }
    const granted = this.script.grant(lifetime)
    const own = this.#assign(transport, from.ip, internalPort, suggested, granted, nonce)
    const external =
      own === undefined ? undefined : this.#externalEnd(transport, from.ip, own, granted, nonce)
    if (external === undefined) return refuse(8)
    out.setUint32(4, granted)
    // miniupnpd answers the renewal of an IPv6 mapping so.
    const isRenewed6 = known !== undefined && from.ip.includes(':')
    out.setUint16(42, isRenewed6 ? 0 : external.port)
    answer.set(encodePcpAddress(external.ip), 44)
    return answer
  }

  mapFor({ transport, client, port, lifetimeSeconds, nonce }: UpstreamRequest) {
    const own = this.#assign(transport, client, port, port, lifetimeSeconds, nonce)
    return own === undefined ? undefined : this.#externalEnd(transport, client, own, lifetimeSeconds, nonce)
  }

  unmapFor({ transport, client, port }: Pick<UpstreamRequest, 'transport' | 'client' | 'port'>): void {
    const row = this.table.of(transport, client, port, this.now)
    if (row !== undefined) this.#release(row)
  }

  /** Where others reach a port that it has mapped: at the next network's gateway when it is a proxy. */
  #externalEnd(
    transport: MappingTransport,
    client: string,
    port: number,
    lifetimeSeconds: number,
    nonce: string,
  ) {
    const { externalIp, upstream } = this.script
    if (client.includes(':')) return { ip: client, port }
    if (upstream === undefined) return { ip: externalIp || '0.0.0.0', port }
    return upstream.mapFor({ transport, client: externalIp, port, lifetimeSeconds, nonce })
  }

  #release(row: TableRow): void {
    this.table.delete(row)
    const { transport, externalPort: port } = row
    this.script.upstream?.unmapFor({ transport, client: this.script.externalIp, port })
  }

  #natPmp(data: Uint8Array, from: TransportAddress): Uint8Array | undefined {
    const { natPmp, externalIp } = this.script
    const opcode = data[1] ?? 0
    if (natPmp === false) return undefined
    this.note(opcode === 0 ? 'nat-pmp address' : 'nat-pmp map')
    const answer = new Uint8Array(opcode === 0 ? 12 : 16)
    const out = new DataView(answer.buffer)
    answer[1] = opcode | 0x80
    out.setUint32(4, this.#epochSeconds)
    if (typeof natPmp === 'number') {
      out.setUint16(2, natPmp)
      return answer
    }
    if (opcode === 0) {
      answer.set((externalIp || '0.0.0.0').split('.').map(Number), 8)
      return answer
    }
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    const transport = opcode === 1 ? 'udp' : 'tcp'
    const [internalPort, suggested, lifetime] = [view.getUint16(4), view.getUint16(6), view.getUint32(8)]
    out.setUint16(8, internalPort)
    if (lifetime === 0) {
      const row = this.table.of(transport, from.ip, internalPort, this.now)
      if (row !== undefined) this.#release(row)
      return answer
    }
    const granted = this.script.grant(lifetime)
    const externalPort = this.#assign(transport, from.ip, internalPort, suggested, granted)
    if (externalPort === undefined) out.setUint16(2, 4)
    out.setUint16(10, externalPort ?? 0)
    out.setUint32(12, granted)
    return answer
  }

  /** The suggested port, the one that the host has already, or the next that is free. */
  #assign(
    transport: MappingTransport,
    client: string,
    internalPort: number,
    suggested: number,
    lifetime: number,
    nonce?: string,
  ): number | undefined {
    const known = this.table.of(transport, client, internalPort, this.now)
    let externalPort = known?.externalPort ?? (suggested || internalPort)
    while (known === undefined && this.table.find(transport, externalPort, this.now) !== undefined)
      externalPort++
    const endsAt = this.now + lifetime * 1000
    const row = {
      transport,
      externalPort,
      client,
      internalPort,
      endsAt,
      ...(nonce !== undefined && { nonce }),
    }
    return this.table.put(row, this.now) ? externalPort : undefined
  }
}
