import { canonicalIp, checkPort, familyOf, type Interface } from '@p2pd/netif'
import { Announcements } from './gateway/announcements.ts'
import { Gateway } from './gateway/gateway.ts'
import type { GatewayPolicy, PortmapPorts } from './gateway/mapping-request.ts'
import type { Lease, PortRequest } from './lease.ts'
import { HeldLease } from './lease/held-lease.ts'
import { type LeaseStore, SavedLeases } from './lease/lease-store.ts'
import { gatewaysOf, mappableAddresses } from './lease/mappable-addresses.ts'
import { releaseSaved } from './lease/release-saved.ts'
import { PortmapError } from './portmap-error.ts'

/** How a mapper works. */
export interface PortMapperOptions {
  /** Where mappings are remembered, so that those of a crash are found again. @default nowhere */
  readonly store?: LeaseStore
  /** For tests and examples that bring a gateway of their own. @default the standards' ports, no loopback */
  readonly policy?: Partial<GatewayPolicy>
  /** @default nothing is logged */
  readonly log?: (event: string, fields: object) => void
}

const POLICY: GatewayPolicy = { serverPort: 5351, announcePort: 5350, ssdpPort: 1900, allowLoopback: false }

/** A gateway that has not answered by then is reported as none; when it answers later, the lease changes. */
const NO_GATEWAY_MS = 2_000
/**
 * One that has answered, and is at work on the mapping, is reported to refuse by then. A slow router takes 4 s for each of
 * the four answers of UPnP. One that allows no port may search all of them for half a minute.
 */
const AT_WORK_MS = 20_000

interface Entry {
  readonly lease: HeldLease
  nic: Interface
}

/**
 * Opens a mapper; the mappings of an earlier run that the store knows are asked for under their old nonces. It never
 * rejects: a store that cannot be read counts as empty, and is logged.
 */
export async function openPortMapper(
  ports: PortmapPorts,
  options: PortMapperOptions = {},
): Promise<PortMapper> {
  const log = options.log ?? (() => {})
  const saved = new SavedLeases(options.store, (error) =>
    log('portmap.store-failed', { error: String(error) }),
  )
  await saved.load()
  return new PortMapper(ports, { ...POLICY, ...options.policy }, saved, log)
}

/** Asks gateways for port mappings, and keeps them. */
export class PortMapper {
  readonly #ports: PortmapPorts
  readonly #policy: GatewayPolicy
  readonly #saved: SavedLeases
  readonly #log: (event: string, fields: object) => void
  readonly #gateways = new Map<string, Gateway>()
  readonly #entries = new Set<Entry>()
  readonly #announcements: Announcements
  #closed = false

  /** @internal use `openPortMapper` */
  constructor(
    ports: PortmapPorts,
    policy: GatewayPolicy,
    saved: SavedLeases,
    log: (event: string, fields: object) => void,
  ) {
    this.#ports = ports
    this.#policy = policy
    this.#saved = saved
    this.#log = log
    this.#announcements = new Announcements(ports, policy, () => this.#gateways.values(), log)
  }

  /**
   * Asks the NIC's gateways for a port. Resolves as soon as one has granted it, all have refused, or none has answered
   * for 2 s; its `state` says which. A gateway that has answered and falls silent is waited for, 20 s at most. The lease
   * goes on asking and renewing until it is closed: a later answer changes its state.
   *
   * Rejects with `PORTMAP_CLOSED`, with `PORTMAP_INVALID_ARGUMENT` for a NIC without an address to map, or with the reason
   * of `signal`. A bad port or a malformed address is netif's `NETIF_INVALID_ARGUMENT`.
   */
  async mapPort(request: PortRequest): Promise<Lease> {
    if (this.#closed) throw new PortmapError('PORTMAP_CLOSED', 'the port mapper is closed')
    checkPort(request.port, 1)
    checkPort(request.externalPort ?? 0)
    for (const ip of [request.address, request.stunIp]) if (ip !== undefined) canonicalIp(ip)
    request.signal?.throwIfAborted()
    const { clock } = this.#ports
    const address = request.address ?? mappableAddresses(request.interface)[0]
    if (address === undefined) {
      throw new PortmapError('PORTMAP_INVALID_ARGUMENT', `no address to map on ${request.interface.name}`)
    }
    const entry = this.#add(request, address)
    const { lease } = entry
    const abort = () => void lease.close()
    request.signal?.addEventListener('abort', abort)
    lease.onChange(({ status }) => {
      if (status !== 'closed') return
      this.#entries.delete(entry)
      request.signal?.removeEventListener('abort', abort)
    })
    const firstState = this.#firstState(lease)
    void lease.run()
    await firstState
    // Nobody waits for this socket.
    clock.at(clock.now(), () => this.#closed || this.#announcements.listen(familyOf(address)))
    // A mapping that the caller knows of is found again after a crash.
    await this.#saved.flush()
    request.signal?.throwIfAborted()
    return {
      get state() {
        return lease.state
      },
      onChange: (listener) => lease.onChange(listener),
      compareWithStun: (stunIp) =>
        lease.compareWithStun(stunIp === undefined ? undefined : canonicalIp(stunIp)),
      close: () => lease.close(),
    }
  }

  /**
   * Takes the NICs as they are now: leases whose gateways or addresses changed are asked for anew. Throws
   * `NETIF_INVALID_ARGUMENT` for a NIC whose address is malformed; those of `loadInterfaces` never are.
   */
  networkChanged(nics: readonly Interface[]): void {
    const left = new Set<string>()
    const restarted = new Set<Entry>()
    for (const entry of this.#entries) {
      const before = entry.nic
      const now = nics.find(({ name }) => name === before.name)
      const family = familyOf(entry.lease.goal.internal.ip)
      entry.nic = now ?? { ...before, up: false, addresses: [], gateways: [] }
      const ips = (nic: Interface) =>
        this.#addressesToAsk(nic, entry.lease.goal.internal.ip).map(({ ip }) => ip)
      if (String(ips(before)) === String(ips(entry.nic))) continue
      for (const { ip } of gatewaysOf(before, family)) left.add(keyOf(before, ip))
      restarted.add(entry)
    }
    // A lease of another address goes on with its gateway: it would not hear of a restart from one that is forgotten.
    for (const entry of this.#entries) {
      if (restarted.has(entry)) continue
      const { internal } = entry.lease.goal
      for (const { ip } of this.#addressesToAsk(entry.nic, internal.ip)) left.delete(keyOf(entry.nic, ip))
    }
    for (const key of left) this.#forget(key)
    for (const { lease } of restarted) lease.restart()
  }

  /** Asks for every mapping again: this host has slept, or someone says that a gateway has restarted. Throws nothing. */
  refresh(): void {
    for (const gateway of this.#gateways.values()) gateway.client.forget()
    for (const { lease } of this.#entries) lease.check()
  }

  /**
   * Releases what an earlier run left on the gateways of these NICs and nobody has asked for since; returns how many. A
   * mapping whose deletion fails stays in the store and is not counted. Throws `NETIF_INVALID_ARGUMENT` for a NIC whose
   * address is malformed.
   */
  releaseLeftovers(nics: readonly Interface[]): Promise<number> {
    const held = [...this.#entries].map(({ lease }) => lease.goal)
    const gateways = nics.flatMap((nic) =>
      (['IPv4', 'IPv6'] as const).flatMap((family) =>
        gatewaysOf(nic, family).map((address) => this.#gateway(address)),
      ),
    )
    return releaseSaved(this.#ports, this.#saved, gateways, held, this.#log)
  }

  /** Releases every mapping, all at once, within a second. It never rejects. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#entries].map(({ lease }) => lease.close()))
    await this.#end()
  }

  /**
   * Ends without releasing: the mappings stay until their lifetimes are over, and the store remembers them. It never
   * rejects.
   */
  async leave(): Promise<void> {
    this.#closed = true
    for (const { lease } of this.#entries) lease.leave()
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#entries.clear()
    for (const { client } of this.#gateways.values()) client.close()
    await Promise.all([this.#announcements.close(), this.#saved.flush()])
  }

  #add({ port, protocol, interface: nic, externalPort, stunIp }: PortRequest, address: string): Entry {
    const internal = { ip: address, port }
    const goal = { transport: protocol, internal, externalPort: externalPort ?? port }
    const { clock, random } = this.#ports
    const lease: HeldLease = new HeldLease(stunIp === undefined ? goal : { ...goal, stunIp }, {
      clock,
      random,
      saved: this.#saved,
      log: this.#log,
      gateways: () => this.#addressesToAsk(entry.nic, address).map((gateway) => this.#gateway(gateway)),
    })
    const entry: Entry = { lease, nic }
    this.#entries.add(entry)
    return entry
  }

  /** A NIC that has lost the address is of no use: its gateways would map for someone else. */
  #addressesToAsk(nic: Interface, internalIp: string) {
    const has = nic.up && nic.addresses.some(({ ip }) => ip === internalIp)
    return has ? gatewaysOf(nic, familyOf(internalIp)) : []
  }

  #gateway(address: {
    readonly ip: string
    readonly nic: Interface
    readonly others: readonly string[]
  }): Gateway {
    const key = keyOf(address.nic, address.ip)
    const gateway = this.#gateways.get(key) ?? new Gateway(this.#ports, address, this.#policy)
    this.#gateways.set(key, gateway)
    return gateway
  }

  #forget(key: string): void {
    this.#gateways.get(key)?.client.close()
    this.#gateways.delete(key)
  }

  /** Resolves with the first state that is not `asking`; after 2 s without an answer, or 20 s without the last one. */
  #firstState(lease: HeldLease): Promise<void> {
    const { clock } = this.#ports
    const start = clock.now()
    return new Promise((resolve) => {
      const done = () => {
        stop()
        cancel()
        resolve()
      }
      const stop = lease.onChange(({ status }) => {
        if (status !== 'asking') done()
      })
      let cancel = clock.at(start + NO_GATEWAY_MS, () => {
        // The listener is called when there is something to report.
        if (lease.reportSoFar()) return
        cancel = clock.at(start + AT_WORK_MS, () => lease.reportSoFar(true))
      })
    })
  }
}

function keyOf({ name }: Interface, ip: string): string {
  return `${ip} ${name}`
}
