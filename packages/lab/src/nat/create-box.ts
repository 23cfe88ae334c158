import { type Family, familyOf } from '@p2pd/netif'
import type { Emission, Middlebox, Side } from '../middlebox.ts'
import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import type { ForwardedTo } from './port-forwarding.ts'
import { type BoxSettings, boxBehaviourOf, type FirewallSettings, type NatSettings } from './settings.ts'
import { StatefulBox } from './stateful-box.ts'
import { noTranslation, PortTranslation } from './translation.ts'

/** The parts of a box beside its settings. */
export interface BoxOptions {
  /** The NAT's external addresses: `ports.addresses` of them for each family that it translates. */
  readonly external: readonly string[]
  readonly random: Random
  /** External endpoints that a host inside has mapped on request: of a NAT, or openings of a firewall. @default none */
  readonly forwardedTo?: ForwardedTo
}

/** Builds the box that settings describe. */
export function createBox(settings: BoxSettings, options: BoxOptions): Middlebox {
  switch (settings.kind) {
    case 'open':
      return openRouter
    case 'firewall':
      return createFirewall(settings, options.forwardedTo)
    default:
      return new Nat(settings, options)
  }
}

/** The number of external addresses that a box needs for a family that it translates. */
export function externalAddressCount(settings: BoxSettings): number {
  if (settings.kind === 'open' || settings.kind === 'firewall') return 0
  return settings.ports?.addresses ?? 1
}

/**
 * A NAT as in RFC 4787. It translates the families of its external addresses and treats the other family by
 * `untranslated`. A home router, for example, has an IPv4 NAT and an IPv6 firewall (RFC 6092).
 */
export class Nat implements Middlebox {
  readonly #boxes: Readonly<Record<Family, Middlebox>>

  constructor(settings: NatSettings, { external, random, forwardedTo }: BoxOptions) {
    const filtering = {
      udp: boxBehaviourOf(settings, 'udp').filtering,
      tcp: boxBehaviourOf(settings, 'tcp').filtering,
    }
    const translation = new PortTranslation(settings, external, random)
    const nat = new StatefulBox({ ...settings, filtering }, translation, forwardedTo)
    const other = untranslatedBox(settings, forwardedTo)
    const translates = (family: Family) => external.some((ip) => familyOf(ip) === family)
    this.#boxes = { IPv4: translates('IPv4') ? nat : other, IPv6: translates('IPv6') ? nat : other }
  }

  receive(packet: Packet, side: Side, now: number): Emission[] {
    return this.#boxes[familyOf(packet.destination.ip)].receive(packet, side, now)
  }

  restart(): void {
    this.#boxes.IPv4.restart()
    this.#boxes.IPv6.restart()
  }
}

function untranslatedBox(
  { untranslated = 'firewall', lifetimes, traffic }: NatSettings,
  forwardedTo: ForwardedTo | undefined,
): Middlebox {
  switch (untranslated) {
    case 'open':
      return openRouter
    case 'blocked':
      return wall
    case 'firewall':
      return createFirewall(
        { kind: 'firewall', ...(lifetimes && { lifetimes }), ...(traffic && { traffic }) },
        forwardedTo,
      )
  }
}

function createFirewall(settings: FirewallSettings, forwardedTo: ForwardedTo | undefined): Middlebox {
  const udp = settings.filtering ?? 'address-and-port-dependent'
  return new StatefulBox(
    { ...settings, filtering: { udp, tcp: settings.tcp?.filtering ?? udp } },
    noTranslation,
    forwardedTo,
  )
}

const openRouter: Middlebox = {
  receive: (packet, side) => [{ side: side === 'inside' ? 'outside' : 'inside', packet }],
  restart() {},
}

const wall: Middlebox = { receive: () => [], restart() {} }
