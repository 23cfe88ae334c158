import type { Pipe } from '@p2pd/client'
import { useMemo, useRef, useState } from 'preact/hooks'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { formatBytes, formatRate, formatSpan, formatTime } from '../text/quantities.ts'
import { shortId, visible } from '../text/visible.ts'
import { CallForm } from './call-form.tsx'
import { RateHistory, type Rates } from './rate-history.ts'
import { Sparkline } from './sparkline.tsx'
import { StrategyBadge } from './strategy-badge.tsx'

/** Pipes that are drawn at first; the table has all. */
const SHOWN = 25

/** The open pipes, live, and the form that calls a peer. */
export function PipesCard(props: {
  readonly daemon: Daemon
  readonly lit: Pipe | undefined
  readonly onChoose: (name: string) => void
}) {
  const { daemon, lit, onChoose } = props
  const { pipes } = daemon.snapshot
  const history = useRef(new RateHistory()).current
  const [all, showAll] = useState(false)
  // Each snapshot has its own list: a list is one reading.
  useMemo(() => history.take(pipes, Date.now()), [pipes])
  const close = async (name: string) => {
    // A pipe that has closed meanwhile is what the user wanted.
    await daemon.client.request('delete /v1/pipes/{name}', { path: { name } }).catch(() => {})
    await daemon.refresh(['pipes']).catch(() => {})
  }
  const shown = all ? pipes : pipes.slice(-SHOWN)
  return (
    <Card id="pipes" title="Pipes" aside={<span class="count">{pipes.length}</span>}>
      <CallForm daemon={daemon} onOpen={onChoose} />
      {pipes.length === 0 ? (
        <Empty>
          No pipe is open. Call a peer by its id, or give yours to a peer: both see the pipe here. To try it
          out, call <code>self</code>: this node.
        </Empty>
      ) : (
        <>
          <ul class="pipes">
            {shown.toReversed().map((pipe) => (
              <PipeRow
                key={pipe.name}
                pipe={pipe}
                rates={history.of(pipe.name)}
                isLit={pipe.name === lit?.name}
                onChoose={() => onChoose(pipe.name)}
                onClose={() => void close(pipe.name)}
              />
            ))}
          </ul>
          {shown.length < pipes.length && (
            <button type="button" class="quiet" onClick={() => showAll(true)}>
              Show all {pipes.length} pipes
            </button>
          )}
          <PipesTable pipes={pipes} />
        </>
      )}
    </Card>
  )
}

/** All pipes as a table. */
function PipesTable({ pipes }: { pipes: readonly Pipe[] }) {
  return (
    <TableBehind
      caption="Pipes"
      head={[
        'name',
        'peer',
        'direction',
        'path',
        'local',
        'remote',
        'round trip',
        'sent',
        'received',
        'since',
      ]}
      rows={pipes.map((pipe) => [
        visible(pipe.name),
        pipe.peer,
        pipe.direction,
        pipe.suspended ? 'none for now' : pipe.strategy,
        pipe.local,
        pipe.remote,
        pipe.rttMs === undefined ? 'unknown' : formatSpan(pipe.rttMs),
        formatBytes(pipe.bytesSent),
        formatBytes(pipe.bytesReceived),
        formatTime(pipe.openedAt),
      ])}
    />
  )
}

function PipeRow(props: {
  readonly pipe: Pipe
  readonly rates: Rates
  readonly isLit: boolean
  readonly onChoose: () => void
  readonly onClose: () => void
}) {
  const { pipe, rates, isLit, onChoose, onClose } = props
  const name = visible(pipe.name)
  return (
    <li class={isLit ? 'pipe is-lit' : 'pipe'}>
      <div class="pipe-who">
        <bdi class="pipe-name">{name}</bdi>
        <span class="dim">
          {pipe.direction === 'in' ? 'from' : 'to'} <code title={pipe.peer}>{shortId(pipe.peer)}</code>
        </span>
      </div>
      <div class="pipe-path">
        <StrategyBadge strategy={pipe.strategy} />
        {pipe.suspended && <span class="fault">no path for now</span>}
        <span class="dim path-ends">
          {pipe.local} → {pipe.remote}
        </span>
      </div>
      <div class="pipe-figures">
        <Sparkline rates={rates} label={`Rates of ${name}`} />
        <span>
          <span class="sent">↑ {formatRate(rates.sent.at(-1) ?? 0)}</span>{' '}
          <span class="received">↓ {formatRate(rates.received.at(-1) ?? 0)}</span>
          <br />
          <span class="dim">
            {pipe.rttMs === undefined ? 'round trip unknown' : `round trip ${formatSpan(pipe.rttMs)}`}
            {pipe.encrypted ? '' : ', not encrypted'}
          </span>
        </span>
      </div>
      <div class="pipe-buttons">
        <button type="button" class="quiet" aria-pressed={isLit} onClick={onChoose}>
          Light <span class="unseen">the way of {name}</span>
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Close <span class="unseen">{name}</span>
        </button>
      </div>
      {pipe.moves.length > 0 && <Moves pipe={pipe} />}
    </li>
  )
}

/** The changes of a pipe's path. */
function Moves({ pipe }: { pipe: Pipe }) {
  return (
    <details class="moves">
      <summary>
        Moves <span class="count">{pipe.moves.length}</span>
      </summary>
      <ol>
        {pipe.moves.map((move, index) => (
          <li key={index}>
            <time dateTime={move.at}>{formatTime(move.at)}</time>{' '}
            {move.type === 'suspended' && `no path: ${move.reason ?? 'unknown'}`}
            {move.type === 'resumed' && `a path again, after ${formatSpan(move.afterMs ?? 0)}`}
            {move.type === 'path' &&
              `${move.strategy ?? 'unknown'} ${move.local} → ${move.remote}: ${move.reason}`}
          </li>
        ))}
      </ol>
    </details>
  )
}
