import { type NatOf, type NatReport, NatReports } from '@p2pd/nat'
import { type Clock, type Family, type Interface, literalFamily, scopeOf } from '@p2pd/netif'
import { parseStunUri } from '@p2pd/stun'
import type { Runtime } from '../runtime.ts'
import { type OwnSide, releaseSide } from './own-side.ts'
import { type Place, placesOf } from '../candidates/place.ts'
import { MAX_SIDES, type ToldSide } from './told-side.ts'
import { WarmSide } from './warm-side.ts'

/** What a node's outside is made of. */
export interface OutsideOptions {
  readonly runtime: Runtime
  /** `stun:` URIs. RFC 7064. Without any nothing is known, and nothing punched. */
  readonly servers: readonly string[]
  /** What can be told has changed. */
  readonly onChange: () => void
}

/** Which sides a punch asks for. */
export interface SidesWanted {
  readonly protocols: readonly ToldSide['protocol'][]
  readonly families?: readonly Family[]
  readonly attempt: number
}

/** Sides for one call, and what to say where there are none. */
export interface TakenSides {
  readonly sides: readonly OwnSide[]
  readonly fault?: string
}

/** One protocol at one place. */
interface Vantage {
  readonly place: Place
  readonly protocol: ToldSide['protocol']
  readonly warm: WarmSide
}

/** How long a call waits for what is not known yet: a NAT is told within 8 round trips. */
const PATIENCE_MS = 1500

/**
 * How this host looks from outside: the report of each NAT in front of it, and mappings kept warm, so that a call
 * need not ask a server first.
 */
export class Outside {
  readonly #options: OutsideOptions
  readonly #reports: NatReports
  #vantages: readonly Vantage[] = []

  constructor(options: OutsideOptions) {
    const { runtime, servers } = options
    const { gatewayMac } = runtime
    this.#options = options
    const onReport = (nat: NatOf, report: NatReport) => this.#learn(nat, report)
    this.#reports = new NatReports(runtime, { servers, onReport, ...(gatewayMac && { gatewayMac }) })
  }

  /** Looks anew: at the start, and when the network has changed. */
  look(interfaces: readonly Interface[]): void {
    this.close()
    const { servers, runtime } = this.#options
    if (servers.length === 0) return
    const protocols = runtime.udx === undefined ? (['tcp'] as const) : (['udp', 'tcp'] as const)
    this.#vantages = placesOf(interfaces, areHere(servers)).flatMap((place) =>
      protocols.map((protocol) => ({ place, protocol, warm: this.#warm(place, protocol) })),
    )
  }

  /** What is known of the NATs now, for those who look for this node. */
  told(): ToldSide[] {
    return this.#vantages.flatMap(({ warm }) => warm.told ?? []).slice(0, MAX_SIDES)
  }

  /** Addresses that others see this host at, and that it does not have: where a forwarded port would be reached. */
  externalAddresses(): string[] {
    const ips = this.#vantages.flatMap(({ warm, protocol, place }) => {
      const [ip] = (protocol === 'tcp' && warm.report?.externalAddresses) || []
      return ip === undefined || ip === place.ip ? [] : [ip]
    })
    return [...new Set(ips)]
  }

  /** Resolves when each NAT is known, or some time has passed. */
  async ready(): Promise<void> {
    const { clock } = this.#options.runtime
    const known = this.#vantages.map(({ warm }) => warm.known())
    await this.#withPatience(allOrAsLongAgain(clock, known))
  }

  /** A side of each protocol at each place, for one punch; those that a server keeps waiting are left out. */
  async take({ protocols, families, attempt }: SidesWanted): Promise<TakenSides> {
    if (this.#options.servers.length === 0) return { sides: [], fault: 'no STUN server is configured' }
    const wanted = this.#vantages.filter(
      ({ place, protocol }) =>
        protocols.includes(protocol) && (families === undefined || families.includes(place.family)),
    )
    const faults: string[] = []
    const sides = await Promise.all(
      wanted.map(async ({ warm }) => {
        const taking = warm.take(attempt)
        const side = await this.#withPatience(taking).catch((error: Error) => void faults.push(error.message))
        // Late sides are of no use to anyone.
        if (side === undefined) taking.then((late) => warm.giveBack(late, false)).catch(() => {})
        return side ?? []
      }),
    )
    if (wanted.length === 0) faults.push('no NIC here leads out in a family that is wanted')
    const [fault = 'the NAT is not known yet'] = faults
    return { sides: sides.flat(), ...(sides.flat().length === 0 && { fault }) }
  }

  /** Ends one punch's use of a side. */
  giveBack(side: OwnSide, isUsed: boolean): void {
    const vantage = this.#vantages.find(
      ({ place, protocol }) => place === side.place && protocol === side.protocol,
    )
    if (vantage === undefined) releaseSide(side, isUsed)
    else vantage.warm.giveBack(side, isUsed)
  }

  close(): void {
    for (const { warm } of this.#vantages) warm.close()
    this.#vantages = []
    this.#reports.networkChanged()
  }

  #warm(place: Place, protocol: Vantage['protocol']): WarmSide {
    const { runtime, servers, onChange } = this.#options
    const { network, clock, random, log } = runtime
    return new WarmSide({
      ports: {
        network,
        clock,
        random,
        bindUdp: runtime.udx?.bindUdp ?? ((options) => network.bindUdp(options)),
      },
      place,
      protocol,
      servers,
      discover: (signal) => this.#reports.get({ ...place, protocol }, signal),
      onChange,
      log,
    })
  }

  #learn({ nic, family, protocol }: NatOf, report: NatReport): void {
    const isOf = ({ place, ...vantage }: Vantage) =>
      place.nic === nic && place.family === family && vantage.protocol === protocol
    this.#vantages.find(isOf)?.warm.learn(report)
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
