import { type CallReport, ClientError, type Contact } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { summaryOf } from '../calls/time-line.ts'
import type { Daemon } from '../live/use-live-data.ts'
import { visible } from '../text/visible.ts'

type Outcome =
  | { readonly type: 'none' }
  | { readonly type: 'calling' }
  | { readonly type: 'open'; readonly name: string }
  | { readonly type: 'failed'; readonly reason: string; readonly report: CallReport['report'] }

/** Calls a peer; the pipe gets a name that is free. */
export function CallForm({ daemon, onOpen }: { daemon: Daemon; onOpen: (name: string) => void }) {
  const { client, snapshot, refresh } = daemon
  const [target, setTarget] = useState('')
  const [outcome, setOutcome] = useState<Outcome>({ type: 'none' })
  const call = async (event: Event) => {
    event.preventDefault()
    const name = freeName(
      target.trim(),
      snapshot.pipes.map((pipe) => pipe.name),
    )
    setOutcome({ type: 'calling' })
    try {
      await client.request('put /v1/pipes/{name}', { path: { name }, body: { target: target.trim() } })
      setOutcome({ type: 'open', name })
      onOpen(name)
      await refresh(['pipes', 'reports'])
    } catch (error) {
      const problem = error instanceof ClientError ? error.problem : undefined
      setOutcome({ type: 'failed', reason: (error as Error).message, report: problem?.report ?? [] })
    }
  }
  return (
    <form class="fields" onSubmit={(event) => void call(event)}>
      <label>
        Call a peer
        <input
          required
          list="contacts"
          value={target}
          placeholder="id, address, contact, domain or self"
          onInput={(event) => setTarget(event.currentTarget.value)}
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <ContactList contacts={snapshot.contacts} />
      <button type="submit" disabled={outcome.type === 'calling'}>
        {outcome.type === 'calling' ? 'Calling…' : 'Call'}
      </button>
      <p role="status" class={outcome.type === 'failed' ? 'fault' : 'dim'}>
        {wordsOf(outcome)}
      </p>
    </form>
  )
}

function ContactList({ contacts }: { contacts: readonly Contact[] }) {
  return (
    <datalist id="contacts">
      <option value="self" />
      {contacts.map(({ name }) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  )
}

function wordsOf(outcome: Outcome): string {
  switch (outcome.type) {
    case 'none':
    case 'calling':
      return ''
    case 'open':
      return `The pipe "${visible(outcome.name)}" is open.`
    case 'failed':
      return outcome.report.length > 0 ? summaryOf(outcome.report) : visible(outcome.reason)
  }
}

/** The beginning of the target, with a number when a pipe has that name. */
function freeName(target: string, taken: readonly string[]): string {
  const stem = target.length > 24 ? target.slice(0, 8) : target
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`
    if (!taken.includes(name)) return name
  }
}
