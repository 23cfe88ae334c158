import type { Forward } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { StrategyBadge } from '../pipes/strategy-badge.tsx'
import { formatTime } from '../text/quantities.ts'
import { visible } from '../text/visible.ts'

/** Local ports that lead to services of peers, and the services that this node offers. */
export function ForwardsCard({ daemon }: { daemon: Daemon }) {
  const { client, snapshot, refresh } = daemon
  const { forwards, services } = snapshot
  const close = async (id: string) => {
    // One that has ended meanwhile is what the user wanted.
    await client.request('delete /v1/forwards/{id}', { path: { id } }).catch(() => {})
    await refresh(['forwards']).catch(() => {})
  }
  return (
    <Card id="forwards" title="Forwards" aside={<span class="count">{forwards.length}</span>}>
      <ForwardForm daemon={daemon} />
      {forwards.length === 0 ? (
        <Empty>
          No port is forwarded. The peer runs <code>p2pd serve 22</code>, and here 2222 leads to it:{' '}
          <code>ssh -p 2222 localhost</code>.
        </Empty>
      ) : (
        <ul class="pipes">
          {forwards.map((forward) => (
            <ForwardRow key={forward.id} forward={forward} onClose={() => void close(forward.id)} />
          ))}
        </ul>
      )}
      <TableBehind
        caption="Services of this node"
        head={['name', 'leads to', 'for']}
        count={services.length}
        rows={() =>
          services.map(({ name, to, allow }) => [
            visible(name),
            to === undefined ? 'programs of this daemon' : visible(to),
            allow === undefined ? 'the peers of the daemon’s own list' : allow.map(visible).join(', '),
          ])
        }
      />
    </Card>
  )
}

function ForwardForm({ daemon }: { daemon: Daemon }) {
  const { client, refresh } = daemon
  const [wish, setWish] = useState({ local: '', target: '', service: '' })
  const [fault, setFault] = useState('')
  const open = async (event: Event) => {
    event.preventDefault()
    try {
      await client.request('post /v1/forwards', { body: wish })
      setFault('')
      await refresh(['forwards'])
    } catch (error) {
      setFault((error as Error).message)
    }
  }
  const field = (name: keyof typeof wish, label: string, placeholder: string) => (
    <label>
      {label}
      <input
        required
        value={wish[name]}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setWish({ ...wish, [name]: event.currentTarget.value.trim() })}
      />
    </label>
  )
  return (
    <form class="fields" onSubmit={(event) => void open(event)}>
      {field('local', 'Port here', '2222')}
      {field('target', 'Peer', 'a contact or an id')}
      {field('service', 'Port or service there', '22')}
      <button type="submit">Forward</button>
      <p role="status" class="fault">
        {visible(fault)}
      </p>
    </form>
  )
}

function ForwardRow({ forward, onClose }: { forward: Forward; onClose: () => void }) {
  const { local, target, service, state, strategy, reason, connections, startedAt } = forward
  const what = `${visible(local)} to ${visible(target)}:${visible(service)}`
  return (
    <li class="pipe">
      <div class="pipe-who">
        <bdi class="pipe-name">{visible(local)}</bdi>
        <span class="dim">
          to {visible(target)}:{visible(service)}, since {formatTime(startedAt)}
        </span>
      </div>
      <div class="pipe-path">
        {state === 'connected' && strategy !== undefined ? (
          <StrategyBadge strategy={strategy} />
        ) : (
          <span class="fault">the peer is away: {visible(reason ?? 'unknown')}</span>
        )}
        <span class="dim">{connections} connections so far</span>
      </div>
      <div class="pipe-buttons">
        <button type="button" class="quiet" onClick={onClose}>
          End <span class="unseen">{what}</span>
        </button>
      </div>
    </li>
  )
}
