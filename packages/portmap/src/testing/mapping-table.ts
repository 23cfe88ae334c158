import type { MappingTransport } from '../mapping.ts'

/** A row of a gateway's table. */
export interface TableRow {
  readonly transport: MappingTransport
  readonly externalPort: number
  readonly client: string
  readonly internalPort: number
  /** By the gateway's clock, in milliseconds; Infinity for a row without an end. */
  readonly endsAt: number
  readonly nonce?: string
}

/** A gateway's mappings, in rows that end. */
export class MappingTable {
  /** @default no limit */
  capacity = Number.POSITIVE_INFINITY
  #rows: TableRow[] = []

  rows(now: number): readonly TableRow[] {
    this.#rows = this.#rows.filter(({ endsAt }) => endsAt > now)
    return this.#rows
  }

  find(transport: MappingTransport, externalPort: number, now: number): TableRow | undefined {
    return this.rows(now).find((row) => row.transport === transport && row.externalPort === externalPort)
  }

  /** The row of a host's port, whatever its external port. */
  of(transport: MappingTransport, client: string, internalPort: number, now: number): TableRow | undefined {
    return this.rows(now).find((row) => {
      return row.transport === transport && row.client === client && row.internalPort === internalPort
    })
  }

  /** Adds or replaces a row; false when the table is full. */
  put(row: TableRow, now: number): boolean {
    const others = this.rows(now).filter((other) => {
      return other.transport !== row.transport || other.externalPort !== row.externalPort
    })
    if (others.length >= this.capacity) return false
    this.#rows = [...others, row]
    return true
  }

  delete(row: TableRow): void {
    this.#rows = this.#rows.filter((other) => other !== row)
  }

  clear(): void {
    this.#rows = []
  }
}
