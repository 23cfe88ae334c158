import { Card, Empty } from '../card.tsx'
import type { Snapshot } from '../live/snapshot.ts'
import { formatSpan, formatTime } from '../text/quantities.ts'
import { CopyButton } from './copy-button.tsx'
import { QrCode } from './qr-code.tsx'

/** The node: its id for people and for cameras. */
export function NodeCard({ snapshot }: { snapshot: Snapshot }) {
  const { node } = snapshot
  if (node === undefined) {
    return (
      <Card id="node" title="This node">
        <Empty>
          The daemon has not answered yet. <code>p2pd daemon</code> starts it.
        </Empty>
      </Card>
    )
  }
  const uptime = Date.now() - Date.parse(node.startedAt)
  return (
    <Card id="node" title="This node">
      <div class="node">
        <div class="node-words">
          <p class="id">
            {node.id.match(/.{1,8}/g)?.map((part, index) => (
              <span key={index}>{part}</span>
            ))}
          </p>
          <p class="buttons">
            <CopyButton text={node.id} what="the id" />
            <CopyButton text={node.address} what="the address" />
          </p>
          <p class="hint">
            A peer calls this node by its id: <code>p2pd connect {node.id.slice(0, 8)}…</code>
          </p>
          <dl class="facts">
            <div>
              <dt>running for</dt>
              <dd>
                {formatSpan(Math.max(0, uptime))}, since {formatTime(node.startedAt)}
              </dd>
            </div>
            <div>
              <dt>process</dt>
              <dd>{node.pid}</dd>
            </div>
            <div>
              <dt>API</dt>
              <dd>{node.url}</dd>
            </div>
          </dl>
        </div>
        <QrCode text={node.id} label="The id as a QR code" />
      </div>
    </Card>
  )
}
