import type { Waiting } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { Card } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { formatTime } from '../text/quantities.ts'
import { shortId, visible } from '../text/visible.ts'

/** The callers that wait for the user: they are let in, refused, and remembered by a name. */
export function WaitingCard({ daemon }: { daemon: Daemon }) {
  const { client, snapshot, refresh } = daemon
  const [fault, setFault] = useState('')
  const decide = async ({ id }: Waiting, decision: 'accept' | 'refuse', name: string) => {
    const body = name === '' ? {} : { remember: name }
    try {
      await client.request(`post /v1/waiting/{id}/${decision}`, { path: { id }, body })
      setFault('')
    } catch (error) {
      setFault((error as Error).message)
    }
    await refresh(['waiting', 'pipes', 'contacts']).catch(() => {}) // The link says that the daemon has gone.
  }
  return (
    <Card id="waiting" title="Callers that wait" aside={<span class="count">{snapshot.waiting.length}</span>}>
      <p role="alert">
        {snapshot.waiting.length === 1 ? 'A caller waits' : `${snapshot.waiting.length} callers wait`} for
        your decision, a minute at most.
      </p>
      <p class="fault">{visible(fault)}</p>
      <ul class="waiting">
        {snapshot.waiting.map((caller) => (
          <Caller key={caller.id} caller={caller} onDecide={(...how) => void decide(caller, ...how)} />
        ))}
      </ul>
    </Card>
  )
}

function Caller(props: {
  readonly caller: Waiting
  readonly onDecide: (decision: 'accept' | 'refuse', name: string) => void
}) {
  const { caller, onDecide } = props
  const [name, setName] = useState('')
  const who = shortId(caller.peer)
  return (
    <li class="pipe">
      <div>
        <code title={caller.peer}>{who}</code>
        <br />
        <span class="dim">
          wants <b>{caller.service === '' ? 'a pipe' : visible(caller.service)}</b>, since{' '}
          {formatTime(caller.at)}
        </span>
      </div>
      <label>
        Remember {who} as
        <input
          value={name}
          placeholder="a name, or nothing"
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value.trim())}
        />
      </label>
      <div class="pipe-buttons">
        <button type="button" onClick={() => onDecide('accept', name)}>
          Accept <span class="unseen">{who}</span>
        </button>
        <button type="button" class="quiet" onClick={() => onDecide('refuse', name)}>
          {name === '' ? 'Refuse' : 'Refuse and block'} <span class="unseen">{who}</span>
        </button>
      </div>
    </li>
  )
}
