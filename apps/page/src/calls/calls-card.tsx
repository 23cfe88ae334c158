import type { CallReport, ReportLine } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Snapshot } from '../live/snapshot.ts'
import { formatTime } from '../text/quantities.ts'
import { shortId, visible } from '../text/visible.ts'
import { useReplay } from './replay.ts'
import { formatReportFile, parseReportFile, type SavedCall } from './report-file.ts'
import { layOutTimeLine, summaryOf } from './time-line.ts'
import { TimeLinePicture } from './time-line-picture.tsx'

/** Calls that are offered at first. */
const OFFERED = 200

/** The attempts of the last calls over time, and those of files. */
export function CallsCard({ snapshot }: { snapshot: Snapshot }) {
  const { reports, node } = snapshot
  const [chosen, choose] = useState<number>()
  const [opened, setOpened] = useState<readonly SavedCall[]>([])
  const [fault, setFault] = useState('')
  const call = reports.find(({ id }) => id === chosen) ?? reports[0]
  const open = async (event: { currentTarget: HTMLInputElement }) => {
    const input = event.currentTarget
    const texts = await Promise.all([...(input.files ?? [])].map((file) => file.text()))
    const read = texts.map(parseReportFile)
    setOpened(read.flatMap((one) => ('calls' in one ? one.calls : [])))
    setFault(read.flatMap((one) => ('fault' in one ? [one.fault] : [])).join(' '))
    input.value = ''
  }
  const files = (
    <label class="file">
      <span class="as-button">Open reports</span>
      <input type="file" multiple accept=".json,application/json" onChange={(event) => void open(event)} />
    </label>
  )
  return (
    <Card id="calls" title="Calls" aside={files}>
      {fault !== '' && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      {call === undefined ? (
        <Empty>
          No call has been made since the daemon started. Each one leaves its attempts here, also a failed
          one.
        </Empty>
      ) : (
        <>
          <CallChoice reports={reports} chosen={call.id} onChoose={choose} />
          <CallView
            key={call.id}
            title="As this node saw it"
            report={call.report}
            onSave={() => save(`p2pd-call-${call.id}.json`, formatReportFile(call, node?.id ?? ''))}
          />
        </>
      )}
      {opened.map((saved, index) => (
        <CallView key={`file ${index} ${saved.at}`} title={titleOf(saved)} report={saved.report} />
      ))}
      {opened.length > 0 && (
        <button type="button" class="quiet" onClick={() => setOpened([])}>
          Put the files away
        </button>
      )}
    </Card>
  )
}

function CallChoice(props: {
  readonly reports: readonly CallReport[]
  readonly chosen: number
  readonly onChoose: (id: number) => void
}) {
  const { reports, chosen, onChoose } = props
  return (
    <label class="choice">
      Call
      <select value={chosen} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {reports.slice(0, OFFERED).map(({ id, at, peer, report }) => (
          <option key={id} value={id}>
            {formatTime(at)} to {shortId(peer)}: {outcomeOf(report)}
          </option>
        ))}
      </select>
    </label>
  )
}

function CallView(props: {
  readonly title: string
  readonly report: readonly ReportLine[]
  readonly onSave?: () => void
}) {
  const { title, report, onSave } = props
  const { endMs } = layOutTimeLine(report)
  const replay = useReplay(endMs)
  const { until } = replay
  return (
    <div class="call">
      <h3>{title}</h3>
      <p>{visible(summaryOf(report))}</p>
      <TimeLinePicture report={report} until={until} label={title} />
      <p class="buttons">
        <button type="button" class="quiet" onClick={() => replay.start()} disabled={until !== undefined}>
          Replay
        </button>
        {onSave && (
          <button type="button" class="quiet" onClick={onSave}>
            Save
          </button>
        )}
      </p>
      <TableBehind
        caption="Attempts"
        head={['strategy', 'local', 'remote', 'start', 'end', 'outcome', 'reason']}
        count={report.length}
        rows={() =>
          report.map((line) => [
            line.strategy,
            visible(line.local),
            visible(line.remote),
            `${line.startMs} ms`,
            `${line.endMs} ms`,
            line.outcome,
            visible(line.reason),
          ])
        }
      />
    </div>
  )
}

function titleOf({ at, node, peer }: SavedCall): string {
  const who = node === '' ? 'From a file' : `As ${shortId(node)} saw it`
  const whom = peer === '' ? '' : `, to ${shortId(peer)}`
  return `${who}${whom}${at === '' ? '' : `, ${at.replace('T', ' ').slice(0, 19)}`}`
}

function outcomeOf(report: readonly ReportLine[]): string {
  const won = report.find(({ outcome }) => outcome === 'won')
  return won === undefined ? 'no path' : won.strategy
}

/** Gives the user a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
