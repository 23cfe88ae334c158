import type { ReceiveEvent, SendEvent, Summary, TransferResult } from '@p2pd/transfer'
import type { StrategyName } from '@p2pd/node'
import type { Static } from 'typebox'
import type { Transfer } from './transfer-schemas.ts'

/** A transfer, as clients see it. */
export type TransferResource = Omit<Static<typeof Transfer>, 'strategy'> & { strategy?: StrategyName }

/** The state of a transfer that nothing more happens to. */
const ENDED: readonly string[] = ['done', 'failed', 'refused', 'cancelled']
/** Names and failures of a resource, at most. */
const MAX_LISTED = 100

/** One transfer: a resource that changes, and its end. */
export class TransferRecord {
  readonly over = new AbortController()
  readonly #onChange: (record: TransferRecord, isProgress: boolean) => void
  #resource: TransferResource

  constructor(
    known: Pick<TransferResource, 'id' | 'direction' | 'state'> & Partial<TransferResource>,
    onChange: (record: TransferRecord, isProgress: boolean) => void,
  ) {
    this.#onChange = onChange
    this.#resource = { resumedBytes: 0, failures: [], startedAt: new Date().toISOString(), ...known }
  }

  get id(): string {
    return this.#resource.id
  }

  get resource(): TransferResource {
    return this.#resource
  }

  get hasEnded(): boolean {
    return ENDED.includes(this.#resource.state)
  }

  change(change: Partial<TransferResource>, isProgress = false): void {
    if (this.hasEnded) return
    const isEnd = ENDED.includes(change.state ?? '')
    this.#resource = { ...this.#resource, ...change, ...(isEnd && { endedAt: new Date().toISOString() }) }
    this.#onChange(this, isProgress)
  }

  /** Follows a sender or a receiver. */
  follow(event: SendEvent | ReceiveEvent): void {
    const { failures, resumedBytes } = this.#resource
    switch (event.type) {
      case 'offer': {
        const { reason: _, ...resource } = this.#resource // The reason was that of an earlier call.
        this.#resource = resource
        return this.change({ state: 'offered', summary: inShort(event.summary) })
      }
      case 'accepted':
        return this.change({ state: 'running' })
      case 'progress': {
        const { totalBytes, ...progress } = event.progress
        return this.change(
          { progress: { ...progress, ...(totalBytes !== undefined && { totalBytes }) } },
          true,
        )
      }
      case 'resumed':
        return this.change({ resumedBytes: resumedBytes + event.bytes }, true)
      case 'file-failed': {
        const { path, reason, detail } = event
        if (failures.length < MAX_LISTED)
          this.change({ failures: [...failures, { path, reason, detail }] }, true)
        return
      }
      default:
        return // Files that were stored are counted at the end.
    }
  }

  done({ stored, failed }: TransferResult): void {
    this.change({ state: 'done', stored, failed })
  }

  fail(error: Error & { readonly code?: string }): void {
    const { code = 'DAEMON_FAILED', message } = error
    const state = code === 'TRANSFER_REFUSED' ? 'refused' : this.over.signal.aborted ? 'cancelled' : 'failed'
    this.change({ state, reason: message, failure: code })
  }
}

function inShort({ names, ...summary }: Summary): NonNullable<TransferResource['summary']> {
  const { files, directories, links, bytes, hasUnknownSize, hidden, hiddenCount } = summary
  return {
    ...{ files, directories, links, bytes, hasUnknownSize, hiddenCount },
    names: names.slice(0, MAX_LISTED),
    hidden: [...hidden],
  }
}
