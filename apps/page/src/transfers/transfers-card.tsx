import type { Transfer } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { formatTime } from '../text/quantities.ts'
import { shortId, visible } from '../text/visible.ts'
import { SendForm } from './send-form.tsx'
import { amountOf, stateOf } from './transfer-words.ts'

/** Transfers that are drawn; the table has all. */
const SHOWN = 10
const ENDED: readonly string[] = ['done', 'failed', 'refused', 'cancelled']

/** Files to peers and from them: offers are accepted or refused here. */
export function TransfersCard({ daemon }: { daemon: Daemon }) {
  const { client, snapshot, refresh } = daemon
  const { transfers } = snapshot
  const [fault, setFault] = useState('')
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work()
      setFault('')
    } catch (error) {
      setFault((error as Error).message)
    }
    await refresh(['transfers']).catch(() => {}) // The link says that the daemon has gone.
  }
  return (
    <Card id="transfers" title="Files" aside={<span class="count">{transfers.length}</span>}>
      <SendForm daemon={daemon} />
      <p role="alert" class="fault">
        {visible(fault)}
      </p>
      {transfers.length === 0 ? (
        <Empty>
          No file has been sent. Drop one above, or let a contact send you some: the offer waits here for your
          decision.
        </Empty>
      ) : (
        <>
          <ul class="pipes">
            {transfers.slice(0, SHOWN).map((transfer) => (
              <TransferRow
                key={transfer.id}
                transfer={transfer}
                onDecide={(decision) =>
                  void act(() =>
                    client.request(`post /v1/transfers/{id}/${decision}`, { path: { id: transfer.id } }),
                  )
                }
                onRemove={() =>
                  void act(() => client.request('delete /v1/transfers/{id}', { path: { id: transfer.id } }))
                }
              />
            ))}
          </ul>
          <TransfersTable transfers={transfers} />
        </>
      )}
    </Card>
  )
}

/** All transfers as a table. */
function TransfersTable({ transfers }: { transfers: readonly Transfer[] }) {
  return (
    <TableBehind
      caption="Transfers"
      head={['direction', 'peer', 'files', 'state', 'since']}
      count={transfers.length}
      rows={() =>
        transfers.map((transfer) => [
          transfer.direction,
          transfer.peer ?? visible(transfer.target ?? ''),
          amountOf(transfer),
          stateOf(transfer),
          formatTime(transfer.startedAt),
        ])
      }
    />
  )
}

function TransferRow(props: {
  readonly transfer: Transfer
  readonly onDecide: (decision: 'accept' | 'refuse') => void
  readonly onRemove: () => void
}) {
  const { transfer, onDecide, onRemove } = props
  const { direction, state, peer, target, summary, progress } = transfer
  const who = peer === undefined ? visible(target ?? '') : shortId(peer)
  const what = amountOf(transfer)
  return (
    <li class={state === 'offered' && direction === 'in' ? 'pipe transfer is-lit' : 'pipe transfer'}>
      <div class="pipe-who">
        <bdi>{what}</bdi>
        <span class="dim">
          {direction === 'in' ? 'from' : 'to'} <code title={peer}>{who}</code>, {stateOf(transfer)}
        </span>
        {summary !== undefined && summary.hiddenCount > 0 && (
          <span class="fault">
            hidden files among them: {summary.hidden.slice(0, 20).map(visible).join(', ')}
            {summary.hiddenCount > 20 ? `, and ${summary.hiddenCount - 20} more` : ''}
          </span>
        )}
      </div>
      {state === 'running' && progress?.totalBytes !== undefined && (
        <progress
          max={Math.max(1, progress.totalBytes)}
          value={progress.bytes}
          aria-label={`Progress of ${what}`}
        />
      )}
      <div class="pipe-buttons">
        {direction === 'in' && state === 'offered' ? (
          <>
            <button type="button" onClick={() => onDecide('accept')}>
              Accept <span class="unseen">{what}</span>
            </button>
            <button type="button" class="quiet" onClick={() => onDecide('refuse')}>
              Refuse <span class="unseen">{what}</span>
            </button>
          </>
        ) : (
          <button type="button" class="quiet" onClick={onRemove}>
            {ENDED.includes(state) ? 'Forget' : 'Cancel'} <span class="unseen">{what}</span>
          </button>
        )}
      </div>
    </li>
  )
}
