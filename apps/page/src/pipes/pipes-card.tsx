import type { Pipe } from '@p2pd/client'
import { useMemo, useRef, useState } from 'preact/hooks'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { formatBytes, formatSpan, formatTime } from '../text/quantities.ts'
import { visible } from '../text/visible.ts'
import { CallForm } from './call-form.tsx'
import { PipeRow } from './pipe-row.tsx'
import { RateHistory } from './rate-history.ts'

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
                history={history}
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
      count={pipes.length}
      rows={() =>
        pipes.map((pipe) => [
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
        ])
      }
    />
  )
}
