import type { Family } from '@p2pd/netif'
import {
  BoxLan,
  carrierSubnet,
  homeSubnet,
  InternetLan,
  Ipv4Space,
  type Lan,
  parseSubnet,
} from './address-space.ts'
import { LabError } from './lab-error.ts'
import type { LinkSettings } from './link.ts'
import { externalAddressCount } from './nat/create-box.ts'
import type { BoxSettings } from './nat/settings.ts'
import { boxSettings } from './box-settings.ts'
import { findPreset } from './presets.ts'
import { type BoxEntry, type HostEntry, INTERNET, type Scenario } from './scenario.ts'

/** An address of a NIC. */
export interface PlannedAddress {
  readonly family: Family
  readonly ip: string
  readonly prefixLength: number
}

/** A NIC of a host, with all that an Internet has to set up for it. */
export interface PlannedNic {
  readonly name: string
  /** The box it is behind, or `internet`. */
  readonly behind: string
  readonly addresses: readonly PlannedAddress[]
  /** The router's inside address for each family that the NIC has. */
  readonly gateways: Readonly<Partial<Record<Family, string>>>
  readonly link: LinkSettings
}

/** A host with its addresses. */
export interface PlannedHost {
  readonly name: string
  readonly nics: readonly PlannedNic[]
}

/** A box with its addresses. */
export interface PlannedBox {
  readonly name: string
  /** The box it is behind, or `internet`. */
  readonly behind: string
  readonly settings: BoxSettings
  /** Its addresses on the outside, when it translates. */
  readonly external: readonly string[]
  /** Its addresses on the inside, where its hosts' default routes lead. */
  readonly inside: Readonly<Record<Family, string>>
  readonly link: LinkSettings
}

/** A scenario with all addresses assigned: the same in both Internets. */
export interface AddressPlan {
  readonly seed: number
  /** Each box comes after the box that it is behind. */
  readonly boxes: readonly PlannedBox[]
  readonly hosts: readonly PlannedHost[]
  /** Literal addresses by name, the names of hosts included. */
  readonly names: Readonly<Record<string, readonly string[]>>
}

/** One-way delays of a metropolitan line and of a home network. */
const INTERNET_DELAY_MS = 5
const LAN_DELAY_MS = 1

/**
 * Assigns the addresses of a scenario, in its order. `parseScenario` has checked the names before. Throws
 * `LAB_UNKNOWN_NAME` for a box that the scenario does not have.
 */
export function planAddresses(scenario: Scenario): AddressPlan {
  const planner = new AddressPlanner()
  const entries = scenario.boxes ?? []
  const carriers = new Set(entries.map(({ behind }) => behind))
  const boxes = outermostFirst(entries).map((entry, index) =>
    planner.addBox(carriers.has(entry.name) ? { subnet: carrierSubnet(index), ...entry } : entry),
  )
  const hosts = scenario.hosts.map((entry) => planner.addHost(entry))
  return { seed: scenario.seed ?? 1, boxes, hosts, names: planNames(hosts, scenario.names ?? {}) }
}

/** Plans one entry after the other, because the virtual Internet grows while it runs. */
export class AddressPlanner {
  readonly #internet = new InternetLan()
  readonly #lans = new Map<string, Lan & { readonly ipv4: Ipv4Space }>([[INTERNET, this.#internet]])
  #subnets = 0

  addBox(entry: BoxEntry): PlannedBox {
    const { name, behind = INTERNET } = entry
    const settings = boxSettings(entry)
    const around = this.#lanOf(behind)
    const external = Array.from({ length: externalAddressCount(settings) }, () => around.next('IPv4'))
    const subnet = entry.subnet ?? homeSubnet(this.#subnets++)
    const ipv6Network = this.#internet.nextIpv6Network()
    const lan =
      external.length > 0
        ? new BoxLan(new Ipv4Space(subnet), parseSubnet(subnet).prefixLength, ipv6Network)
        : new BoxLan(around.ipv4, around.prefixLength.IPv4, ipv6Network)
    this.#lans.set(name, lan)
    const link = { ...(entry.preset && findPreset(entry.preset)?.link), ...entry.link }
    return { name, behind, settings, external, inside: lan.router, link: planLink(link, behind) }
  }

  addHost({ name, behind = INTERNET, families = ['IPv4'], addresses = 1, link }: HostEntry): PlannedHost {
    const places = typeof behind === 'string' ? [behind] : behind
    const nics = places.map((place, index) => {
      const lan = this.#lanOf(place)
      const addressesOf = (family: Family): PlannedAddress[] =>
        Array.from({ length: addresses }, () => ({
          family,
          ip: lan.next(family),
          prefixLength: lan.prefixLength[family],
        }))
      return {
        name: `eth${index}`,
        behind: place,
        addresses: families.flatMap(addressesOf),
        gateways: Object.fromEntries(families.map((family) => [family, lan.router[family]])),
        link: planLink(link, place),
      }
    })
    return { name, nics }
  }

  #lanOf(name: string): Lan & { readonly ipv4: Ipv4Space } {
    const lan = this.#lans.get(name)
    if (lan === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no box named ${JSON.stringify(name)}`)
    return lan
  }
}

function planLink(link: LinkSettings = {}, behind: string): LinkSettings {
  return { delayMs: behind === INTERNET ? INTERNET_DELAY_MS : LAN_DELAY_MS, ...link }
}

/** The boxes in an order in which each comes after the box that it is behind. */
function outermostFirst(boxes: readonly BoxEntry[]): BoxEntry[] {
  const byName = new Map(boxes.map((box) => [box.name, box]))
  const seen = new Set<BoxEntry>()
  const ordered: BoxEntry[] = []
  const add = (box: BoxEntry): void => {
    if (seen.has(box)) return
    seen.add(box)
    const outer = byName.get(box.behind ?? INTERNET)
    if (outer !== undefined) add(outer)
    ordered.push(box)
  }
  for (const box of boxes) add(box)
  return ordered
}

function planNames(
  hosts: readonly PlannedHost[],
  names: Readonly<Record<string, readonly string[]>>,
): Record<string, readonly string[]> {
  const ofHosts = new Map(
    hosts.map(({ name, nics }) => [name, nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip))]),
  )
  const given = Object.entries(names).map(
    ([name, targets]) => [name, targets.flatMap((target) => ofHosts.get(target) ?? [target])] as const,
  )
  return Object.fromEntries([...ofHosts, ...given])
}
