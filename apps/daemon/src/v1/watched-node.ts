import type { ReportLine } from '@p2pd/node'
import type { DaemonContext } from '../daemon-context.ts'
import { describePipe } from './describe-pipe.ts'
import { EventLog } from './event-log.ts'
import { describeMove } from '../pipes/path-moves.ts'
import { WaitingCallers } from './waiting-callers.ts'

/** A call that has ended. */
export interface CallReport {
  readonly id: number
  readonly at: string
  readonly peer: string
  readonly report: readonly ReportLine[]
}

/** A client that looks after the fact sees as many calls. */
const KEPT_REPORTS = 200

/** Follows a node: its events with numbers, and the reports of its calls. */
export class WatchedNode {
  readonly events = new EventLog()
  readonly waiting: WaitingCallers
  readonly #reports: CallReport[] = []

  constructor({ node, pipes, clients }: DaemonContext) {
    this.waiting = new WaitingCallers(node)
    node.onEvent((event) => {
      if (event.type === 'pipe') return // It has a name only once it is held.
      if (event.type === 'path' || event.type === 'suspended' || event.type === 'resumed') {
        const held = pipes.list().find(({ pipe }) => pipe === event.pipe)
        const { type, ...move } = describeMove(event)
        const { transport } = event.pipe.connection
        return clients.tell(held?.client, this.events.add(type, { pipe: held?.name, ...move, transport }))
      }
      if (event.type === 'waiting')
        return clients.tellAll(this.events.add('waiting', { caller: this.waiting.describe(event.caller) }))
      const { type, ...fields } = event
      const { id, at } = this.events.add(type, fields)
      if (event.type !== 'report') return
      this.#reports.unshift({ id, at, peer: event.peer, report: event.report })
      this.#reports.splice(KEPT_REPORTS)
    })
    pipes.onChange((change, held) =>
      clients.tell(held.client, this.events.add(`pipe-${change}`, { pipe: describePipe(held) })),
    )
  }

  /** Newest first. */
  reports(): readonly CallReport[] {
    return this.#reports
  }
}
