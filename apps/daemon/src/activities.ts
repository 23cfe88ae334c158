import type { DaemonContext } from './daemon-context.ts'
import { Forwards } from './forwards/forwards.ts'
import { Pairings } from './pairings/pairings.ts'
import type { EventLog } from './v1/event-log.ts'

/** The things that a daemon does for its clients and that go on when the client leaves. */
export interface Activities {
  readonly forwards: Forwards
  readonly pairings: Pairings
  closeAll(): Promise<void>
}

/** Prepares the activities of a daemon; each change of one is an event. */
export function createActivities(context: DaemonContext, events: EventLog): Activities {
  const { node, contactsFile } = context
  const forwards = new Forwards(node, (change, forward) => void events.add(`forward-${change}`, { forward }))
  const pairings = new Pairings({
    id: node.id,
    brokers: () => context.brokers(),
    contactsFile,
    onChange: (pairing) => void events.add('pairing', { pairing }),
  })
  return {
    forwards,
    pairings,
    closeAll: async () => {
      pairings.closeAll()
      await forwards.closeAll()
    },
  }
}
