import type { MappingTable } from './mapping-table.ts'

/** An answer to an action: its results, or an error code. */
export type ActionResult = Record<string, string | number> | number

const PROTOCOLS: Readonly<Record<string, 'tcp' | 'udp'>> = { '6': 'tcp', '17': 'udp' }
const MAX_LEASE_SECONDS = 86_400

/** The pinholes of a scripted gateway, kept in its table by the port that they open. WANIPv6FirewallControl:1 §2.5. */
export class ScriptedFirewall {
  readonly #table: MappingTable
  readonly #ids = new Map<
    number,
    { readonly client: string; readonly port: number; transport: 'tcp' | 'udp' }
  >()
  #lastId = 0

  constructor(table: MappingTable) {
    this.#table = table
  }

  /** Does an action, or returns undefined when it is not one of this service. */
  act(
    action: string,
    args: ReadonlyMap<string, string>,
    client: string,
    now: number,
  ): ActionResult | undefined {
    const id = Number(args.get('UniqueID'))
    switch (action) {
      case 'AddPinhole':
        return this.#add(args, client, now)
      case 'UpdatePinhole':
        return this.#prolong(id, Number(args.get('NewLeaseTime')), now) ? {} : 704
      case 'DeletePinhole':
        return this.#delete(id, now) ? {} : 704
      default:
        return undefined
    }
  }

  #add(args: ReadonlyMap<string, string>, client: string, now: number): ActionResult {
    const transport = PROTOCOLS[args.get('Protocol') ?? '']
    const port = Number(args.get('InternalPort'))
    const lease = Number(args.get('LeaseTime'))
    if (args.get('InternalClient') !== client) return 606
    if (transport === undefined || port === 0 || lease < 1 || lease > MAX_LEASE_SECONDS) return 402
    const known = [...this.#ids].find(([, one]) => {
      return one.client === client && one.port === port && one.transport === transport
    })
    const id = known?.[0] ?? ++this.#lastId
    this.#ids.set(id, { client, port, transport })
    this.#prolong(id, lease, now)
    return { UniqueID: id }
  }

  #prolong(id: number, leaseSeconds: number, now: number): boolean {
    const pinhole = this.#ids.get(id)
    if (pinhole === undefined) return false
    const { client, port, transport } = pinhole
    const endsAt = now + leaseSeconds * 1000
    return this.#table.put({ transport, externalPort: port, client, internalPort: port, endsAt }, now)
  }

  #delete(id: number, now: number): boolean {
    const pinhole = this.#ids.get(id)
    const row = pinhole && this.#table.of(pinhole.transport, pinhole.client, pinhole.port, now)
    this.#ids.delete(id)
    if (row !== undefined) this.#table.delete(row)
    return pinhole !== undefined
  }
}
