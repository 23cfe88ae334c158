import type { Pipe } from '@p2pd/client'
import { useMemo, useRef } from 'preact/hooks'
import { useSeen } from '../seen/use-seen.ts'
import { formatRate, formatSpan, formatTime } from '../text/quantities.ts'
import { shortId, visible } from '../text/visible.ts'
import type { RateHistory } from './rate-history.ts'
import { Sparkline } from './sparkline.tsx'
import { StrategyBadge } from './strategy-badge.tsx'

interface RowProps {
  readonly pipe: Pipe
  readonly history: RateHistory
  readonly isLit: boolean
  readonly onChoose: () => void
  readonly onClose: () => void
}

/** One pipe, live. Out of view its figures stand still, and a change of its path is drawn all the same. */
export function PipeRow(props: RowProps) {
  const { pipe, isLit } = props
  const place = useRef<HTMLLIElement>(null)
  const isSeen = useSeen(place)
  const changes = [
    isLit,
    pipe.openedAt,
    pipe.suspended,
    pipe.strategy,
    pipe.local,
    pipe.remote,
    pipe.moves.at(-1)?.at,
  ]
  const drawn = useMemo(() => <Drawn {...props} />, [isSeen ? pipe : undefined, ...changes])
  return (
    <li ref={place} class={isLit ? 'pipe is-lit' : 'pipe'}>
      {drawn}
    </li>
  )
}

function Drawn({ pipe, history, isLit, onChoose, onClose }: RowProps) {
  const name = visible(pipe.name)
  const rates = history.of(pipe.name)
  return (
    <>
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
    </>
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
