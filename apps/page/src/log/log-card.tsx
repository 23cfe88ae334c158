import { useMemo, useState } from 'preact/hooks'
import { Card, Empty } from '../card.tsx'
import { formatTime } from '../text/quantities.ts'
import { visible } from '../text/visible.ts'
import { type LogLine, matchesFilter } from './log-filter.ts'

/** Lines that are drawn; the filter looks at all that are kept. */
const SHOWN = 200

/** The events of the node, newest first, with a filter. */
export function LogCard({ lines }: { lines: readonly LogLine[] }) {
  const [filter, setFilter] = useState('')
  const found = useMemo(
    () =>
      lines
        .filter((line) => matchesFilter(line, filter))
        .slice(-SHOWN)
        .reverse(),
    [lines, filter],
  )
  return (
    <Card
      id="log"
      title="Log"
      aside={
        <label class="filter">
          Filter
          <input
            type="search"
            value={filter}
            placeholder="report direct"
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      }
    >
      {found.length === 0 ? (
        <Empty>
          {lines.length === 0
            ? 'Nothing has happened yet. Calls, pipes and brokers appear here.'
            : 'No line has these words.'}
        </Empty>
      ) : (
        <ol class="log" tabIndex={0} aria-label="Events, newest first">
          {found.map((line) => (
            <li key={`${line.id} ${line.at}`}>
              <time dateTime={line.at}>{formatTime(line.at)}</time>
              <b>{visible(line.type)}</b>
              <span>{visible(line.text)}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}
