import type { Interface } from '@p2pd/netif'
import type { Node } from '@p2pd/node'
import type { ServiceAdmission } from './admission/service-admission.ts'
import type { Clients } from './clients/clients.ts'
import type { Takers } from './clients/takers.ts'
import type { GuardRules } from './guard/guard.ts'
import type { HeldPipes } from './pipes/held-pipes.ts'

/** The parts of a running daemon that its routes use. */
export interface DaemonContext {
  readonly node: Node
  readonly pipes: HeldPipes
  readonly clients: Clients
  readonly takers: Takers
  readonly guard: GuardRules
  /** Whether a connection came over the Unix socket, which the owner of the daemon alone can open. */
  trusts(socket: unknown): boolean
  /** Undefined where the node was started with another admission. */
  readonly admission: ServiceAdmission | undefined
  /** The brokers for pairings. */
  brokers(): readonly string[]
  readonly version: string
  /** Where the API is, once the daemon listens. */
  url(): string
  /** @default the user's own file */
  readonly contactsFile: string | undefined
  /** Where files go that are accepted without another folder. Throws `NODE_NO_HOME` for a user without a home folder. */
  downloads(): string
  /** Where unfinished transfers are kept; in memory without it. */
  readonly journalFile: string | undefined
  /** The folder of the page. @default the one in the published package */
  readonly page: string | undefined
  interfaces(): Promise<readonly Interface[]>
  readonly log: (event: string, fields: object) => void
}
