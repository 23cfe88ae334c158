import type { DaemonContext } from './daemon-context.ts'
import { Forwards } from './forwards/forwards.ts'
import { Pairings } from './pairings/pairings.ts'
import { FILES_SERVICE } from './transfers/outgoing.ts'
import { Transfers } from './transfers/transfers.ts'
import type { EventLog } from './v1/event-log.ts'

/** The things that a daemon does for its clients and that go on when the client leaves. */
export interface Activities {
  readonly forwards: Forwards
  readonly pairings: Pairings
  readonly transfers: Transfers
  closeAll(): Promise<void>
}

/** Prepares the activities of a daemon; each change of one is an event. */
export function createActivities(context: DaemonContext, events: EventLog): Activities {
  const { node, contactsFile, journalFile } = context
  const forwards = new Forwards(node, (change, forward) => void events.add(`forward-${change}`, { forward }))
  const pairings = new Pairings({
    id: node.id,
    brokers: () => context.brokers(),
    contactsFile,
    onChange: (pairing) => void events.add('pairing', { pairing }),
  })
  const transfers = new Transfers({
    node,
    journalFile,
    log: context.log,
    giveAway: (pipe) => {
      const taker = context.takers.of(FILES_SERVICE)
      if (taker !== undefined) context.pipes.accept(pipe, taker)
      return taker !== undefined
    },
    onChange: (transfer, isProgress) => {
      if (isProgress) events.addPassing('transfer-progress', { transfer })
      else events.add('transfer', { transfer })
    },
  })
  return {
    forwards,
    pairings,
    transfers,
    closeAll: async () => {
      pairings.closeAll()
      transfers.closeAll()
      await forwards.closeAll()
    },
  }
}
