import { type NatOf, type NatReport, NatReports } from '@p2pd/nat'
import { type Clock, type Family, type Interface, literalFamily, scopeOf } from '@p2pd/netif'
import { parseStunUri } from '@p2pd/stun'
import type { Runtime } from '../runtime/runtime.ts'
import { type PreparedSide, releaseSide } from './prepared-side.ts'
import { type Base, basesOf } from '../candidates/base.ts'
import { MAX_SIDES, type SideDescription } from '../punching/side-description.ts'
import { KeptMapping } from './kept-mapping.ts'

/** What a node's gatherer is made of. */
export interface ReflexiveGathererOptions {
  readonly runtime: Runtime
  /** `stun:` URIs. RFC 7064. Without any nothing is known, and nothing punched. */
  readonly servers: readonly string[]
  /** What can be told has changed. */
  readonly onChange: () => void
}

/** Which sides a punch asks for. */
export interface SidesWanted {
  readonly protocols: readonly SideDescription['protocol'][]
  readonly families?: readonly Family[]
  readonly attempt: number
}

/** Sides for one call, and what to say where there are none. */
export interface AcquiredSides {
  readonly sides: readonly PreparedSide[]
  readonly fault?: string
}

/** One protocol at one base. */
interface Vantage {
  readonly base: Base
  readonly protocol: SideDescription['protocol']
  readonly mapping: KeptMapping
}

/** How long a call waits for what is not known yet: a NAT is told within 8 round trips. */
const PATIENCE_MS = 1500

/**
 * How this host looks from gatherer: the report of each NAT in front of it, and mappings kept mapping, so that a call
 * need not ask a server first.
 */
export class ReflexiveGatherer {
  readonly #options: ReflexiveGathererOptions
  readonly #reports: NatReports
  #vantages: readonly Vantage[] = []

  constructor(options: ReflexiveGathererOptions) {
    const { runtime, servers } = options
    const { gatewayMac } = runtime
    this.#options = options
    const onReport = (nat: NatOf, report: NatReport) => this.#learn(nat, report)
    this.#reports = new NatReports(runtime, { servers, onReport, ...(gatewayMac && { gatewayMac }) })
  }

  /** Looks anew: at the start, and when the network has changed. */
  gather(interfaces: readonly Interface[]): void {
    this.close()
    const { servers, runtime } = this.#options
    if (servers.length === 0) return
    const protocols = runtime.udx === undefined ? (['tcp'] as const) : (['udp', 'tcp'] as const)
    this.#vantages = basesOf(interfaces, areHere(servers)).flatMap((base) =>
      protocols.map((protocol) => ({ base, protocol, mapping: this.#mapping(base, protocol) })),
    )
  }

  /** What is known of the NATs now, for those who look for this node. */
  descriptions(): SideDescription[] {
    return this.#vantages.flatMap(({ mapping }) => mapping.description ?? []).slice(0, MAX_SIDES)
  }

  /** Addresses that others see this host at, and that it does not have: where a forwarded port would be reached. */
  externalAddresses(): string[] {
    const ips = this.#vantages.flatMap(({ mapping, protocol, base }) => {
      const [ip] = (protocol === 'tcp' && mapping.report?.externalAddresses) || []
      return ip === undefined || ip === base.ip ? [] : [ip]
    })
    return [...new Set(ips)]
  }

  /** Resolves when each NAT is known, or some time has passed. */
  async ready(): Promise<void> {
    const { clock } = this.#options.runtime
    const known = this.#vantages.map(({ mapping }) => mapping.known())
    await this.#withPatience(allOrAsLongAgain(clock, known))
  }

  /** A side of each protocol at each base, for one punch; those that a server keeps waiting are left out. */
  async acquire({ protocols, families, attempt }: SidesWanted): Promise<AcquiredSides> {
    if (this.#options.servers.length === 0) return { sides: [], fault: 'no STUN server is configured' }
    const wanted = this.#vantages.filter(
      ({ base, protocol }) =>
        protocols.includes(protocol) && (families === undefined || families.includes(base.family)),
    )
    const faults: string[] = []
    const sides = await Promise.all(
      wanted.map(async ({ mapping }) => {
        const taking = mapping.acquire(attempt)
        const side = await this.#withPatience(taking).catch((error: Error) => void faults.push(error.message))
        // Late sides are of no use to anyone.
        if (side === undefined) taking.then((late) => mapping.giveBack(late, false)).catch(() => {})
        return side ?? []
      }),
    )
    if (wanted.length === 0) faults.push('no NIC here leads out in a family that is wanted')
    const [fault = 'the NAT is not known yet'] = faults
    return { sides: sides.flat(), ...(sides.flat().length === 0 && { fault }) }
  }

  /** Ends one punch's use of a side. */
  giveBack(side: PreparedSide, isUsed: boolean): void {
    const vantage = this.#vantages.find(
      ({ base, protocol }) => base === side.base && protocol === side.protocol,
    )
    if (vantage === undefined) releaseSide(side, isUsed)
    else vantage.mapping.giveBack(side, isUsed)
  }

  close(): void {
    for (const { mapping } of this.#vantages) mapping.close()
    this.#vantages = []
    this.#reports.networkChanged()
  }

  #mapping(base: Base, protocol: Vantage['protocol']): KeptMapping {
    const { runtime, servers, onChange } = this.#options
    const { network, clock, random, log } = runtime
    return new KeptMapping({
      ports: {
        network,
        clock,
        random,
        bindUdp: runtime.udx?.bindUdp ?? ((options) => network.bindUdp(options)),
      },
      base,
      protocol,
      servers,
      discover: (signal) => this.#reports.get({ ...base, protocol }, signal),
      onChange,
      log,
    })
  }

  #learn({ nic, family, protocol }: NatOf, report: NatReport): void {
    const isOf = ({ base, ...vantage }: Vantage) =>
      base.nic === nic && base.family === family && vantage.protocol === protocol
    this.#vantages.find(isOf)?.mapping.learn(report)
  }

  #withPatience<Result>(promise: Promise<Result>): Promise<Result | undefined> {
    const { clock } = this.#options.runtime
    return new Promise((resolve, reject) => {
      const cancel = clock.at(clock.now() + PATIENCE_MS, () => resolve(undefined))
      promise.then(resolve, reject).finally(cancel)
    })
  }
}

/** Servers on this host see loopback, whatever else there is. */
function areHere(servers: readonly string[]): boolean {
  return servers.every((uri) => {
    const { host } = parseStunUri(uri)
    return literalFamily(host) !== undefined && scopeOf(host) === 'host'
  })
}

/**
 * Resolves when all are over. Once one has succeeded the others get as long again: that a network lets no UDP out shows
 * in nothing but time.
 */
function allOrAsLongAgain(clock: Clock, successes: readonly Promise<boolean>[]): Promise<void> {
  const startedAt = clock.now()
  let left = successes.length
  let cancel: (() => void) | undefined
  return new Promise((resolve) => {
    const settle = (isSuccess: boolean) => {
      left--
      if (left === 0) {
        cancel?.()
        resolve()
      } else if (isSuccess) cancel ??= clock.at(2 * clock.now() - startedAt, resolve)
    }
    if (left === 0) resolve()
    for (const success of successes) void success.then(settle)
  })
}
