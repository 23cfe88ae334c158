import { familyOf, type Machine, type Output, type TransportAddress } from '@p2pd/netif'
import { sameHost } from '../exchange/datagram-exchange.ts'
import {
  ALL_TARGETS,
  ANY_VERSION,
  encodeSearch,
  FIRST_TARGETS,
  parseSsdpResponse,
  type SsdpResponse,
} from './ssdp-message.ts'

/** An answer and its sender. */
export interface SsdpAnswer extends SsdpResponse {
  readonly from: TransportAddress
}

/** The hosts to ask. */
export interface SsdpTargets {
  /** The gateway itself: asking it opens this host's own firewall for the answer, and some answer nothing else. */
  readonly unicast: TransportAddress
  readonly multicast: readonly TransportAddress[]
  /** Ends at the gateway's own answer, without waiting for others. */
  readonly eager: boolean
  /** Other gateways of this host, whose answers are not for this search. */
  readonly others: readonly string[]
}

/**
 * The gateway alone is asked first, and others 100 ms later: most have answered by then, and each
 * search delays what follows.
 * Then three times, since datagrams get lost. UPnP Device Architecture 1.1 §1.3.2. The last two are for slow starters.
 */
const SEND_AT_MS = [0, 100, 250, 750, 1750, 3750] as const
const GIVE_UP_MS = 7750
/** Gateways answer several times, with different descriptions. */
const COLLECT_MS = 50
/** Of the gateway and, as any host on the LAN can answer, of all others. */
const MAX_ANSWERS = 10

/**
 * One search for one gateway. Its result is every distinct LOCATION that came within 50 ms of the first. An eager
 * search ends at the first answer of the gateway itself. After silence the result is empty.
 */
export class SsdpSearch implements Machine<readonly SsdpAnswer[]> {
  readonly #targets: SsdpTargets
  readonly #answers = new Map<string, SsdpAnswer>()
  #startedAt: number | undefined
  #sent = 0

  constructor(targets: SsdpTargets) {
    this.#targets = targets
  }

  wake(now: number): Output<readonly SsdpAnswer[]>[] {
    this.#startedAt ??= now
    if (this.#answers.size > 0 || this.#sent === SEND_AT_MS.length) {
      return [{ type: 'done', result: this.#inOrder() }]
    }
    const searches = this.#searches()
    this.#sent++
    const next = SEND_AT_MS[this.#sent] ?? GIVE_UP_MS
    return [...searches, { type: 'wake', at: this.#startedAt + next }]
  }

  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<readonly SsdpAnswer[]>[] {
    const response = parseSsdpResponse(packet)
    if (response === undefined || this.#targets.others.some((other) => sameHost(other, from.ip))) return []
    const first = this.#answers.size === 0
    const isOwn = this.#isOwn(from)
    const alike = [...this.#answers.values()].filter((answer) => this.#isOwn(answer.from) === isOwn)
    if (!this.#answers.has(response.location) && alike.length < MAX_ANSWERS) {
      this.#answers.set(response.location, { ...response, from })
    }
    if (this.#targets.eager && isOwn) {
      return [{ type: 'done', result: this.#inOrder() }]
    }
    return first ? [{ type: 'wake', at: now + COLLECT_MS }] : []
  }

  /** The gateway's own answers before those of others, which may be one of its other addresses. */
  #inOrder(): SsdpAnswer[] {
    const all = [...this.#answers.values()]
    return all.toSorted((a, b) => Number(this.#isOwn(b.from)) - Number(this.#isOwn(a.from)))
  }

  #isOwn({ ip }: TransportAddress): boolean {
    return sameHost(ip, this.#targets.unicast.ip)
  }

  #searches(): { type: 'send'; data: Uint8Array; to: TransportAddress }[] {
    const { unicast, multicast } = this.#targets
    const family = familyOf(unicast.ip)
    const groups = multicast.filter(({ ip }) => familyOf(ip) === family)
    const toAll = (targets: readonly string[]) =>
      [unicast, ...groups].flatMap((to) => searchesFor(to, targets))
    if (this.#sent === 0) return searchesFor(unicast, [ANY_VERSION])
    if (this.#sent === 1) return toAll(FIRST_TARGETS).slice(1)
    return toAll(ALL_TARGETS)
  }
}

function searchesFor(to: TransportAddress, targets: readonly string[]) {
  return targets.map((target) => ({ type: 'send' as const, data: encodeSearch(to, target), to }))
}
