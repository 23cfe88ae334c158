import type { TransportAddress } from '@p2pd/netif'
import type { MappingProtocol, MappingTransport } from '../mapping.ts'

/** A record by which a mapping is found again after a crash, or ended; plain data. */
export interface SavedLease {
  readonly gateway: string
  readonly transport: MappingTransport
  readonly internal: TransportAddress
  readonly protocol: MappingProtocol
  readonly externalIp?: string
  readonly externalPort: number
  /** In hexadecimal; whoever knows it can move the mapping. RFC 6887 §11.1. */
  readonly mappingNonce: string
  readonly pinholeId?: number
}

/**
 * Where saved leases are kept; `fileLeaseStore` of `@p2pd/portmap/node` keeps them in a file. A mapper logs what `load`
 * and `save` reject with, and goes on without.
 */
export interface LeaseStore {
  load(): Promise<readonly SavedLease[]>
  save(leases: readonly SavedLease[]): Promise<void>
}

/** The mapping that a record is about. */
export type LeaseKey = Pick<SavedLease, 'gateway' | 'transport' | 'internal'>

/** The saved leases in memory, written through to a store one write at a time. */
export class SavedLeases {
  readonly #store: LeaseStore | undefined
  readonly #onError: (error: unknown) => void
  #leases: readonly SavedLease[] = []
  #writing: Promise<void> = Promise.resolve()

  constructor(store: LeaseStore | undefined, onError: (error: unknown) => void) {
    this.#store = store
    this.#onError = onError
  }

  /** Reads the store; one that cannot be read counts as empty and is reported. */
  async load(): Promise<void> {
    try {
      this.#leases = (await this.#store?.load()) ?? []
    } catch (error) {
      this.#onError(error)
    }
  }

  all(): readonly SavedLease[] {
    return this.#leases
  }

  find(key: LeaseKey): SavedLease | undefined {
    return this.#leases.find((lease) => isSame(lease, key))
  }

  put(lease: SavedLease): void {
    this.#change([...this.#leases.filter((other) => !isSame(other, lease)), lease])
  }

  remove(key: LeaseKey): void {
    if (this.find(key) !== undefined) this.#change(this.#leases.filter((lease) => !isSame(lease, key)))
  }

  /** Resolves when everything is written. */
  flush(): Promise<void> {
    return this.#writing
  }

  #change(leases: readonly SavedLease[]): void {
    this.#leases = leases
    // Each write has all there is: one that fails is made good by the next.
    this.#writing = this.#writing.then(() => this.#store?.save(leases)).catch(this.#onError)
  }
}

function isSame(a: LeaseKey, b: LeaseKey): boolean {
  return (
    a.gateway === b.gateway &&
    a.transport === b.transport &&
    a.internal.ip === b.internal.ip &&
    a.internal.port === b.internal.port
  )
}
