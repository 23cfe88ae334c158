import type { Interface } from '@p2pd/netif'
import type { Node } from '@p2pd/node'
import type { GuardRules } from './guard/guard.ts'
import type { HeldPipes } from './pipes/held-pipes.ts'

/** The parts of a running daemon that its routes use. */
export interface DaemonContext {
  readonly node: Node
  readonly pipes: HeldPipes
  readonly guard: GuardRules
  readonly version: string
  /** Where the API is, once the daemon listens. */
  url(): string
  /** @default the user's own file */
  readonly contactsFile: string | undefined
  /** The folder of the page. @default the one in the published package */
  readonly page: string | undefined
  interfaces(): Promise<readonly Interface[]>
  readonly log: (event: string, fields: object) => void
}
