import type { Transfer } from '@p2pd/client'
import { formatBytes, formatRate } from '../text/quantities.ts'
import { visible } from '../text/visible.ts'

/** Names that are listed in a sentence. */
const LISTED = 3

/** The contents of a transfer: `2 files, 6 bytes: soup.txt, film.bin`. */
export function amountOf({ summary }: Pick<Transfer, 'summary'>): string {
  if (summary === undefined) return 'nothing offered yet'
  const { files, bytes, hasUnknownSize, names } = summary
  const known = bytes === 0 ? 'unknown size' : `${formatBytes(bytes)} and more`
  const size = hasUnknownSize ? known : formatBytes(bytes)
  const more = names.length > LISTED ? ', …' : ''
  const listed = names.slice(0, LISTED).map(visible).join(', ')
  return `${files} ${files === 1 ? 'file' : 'files'}, ${size}: ${listed}${more}`
}

/** How far a transfer is, or how it has ended. */
export function stateOf({ state, progress, stored, failed, reason, folder }: Transfer): string {
  switch (state) {
    case 'calling':
      return 'calling the peer'
    case 'offered':
      return 'the receiver decides'
    case 'running':
      return progress === undefined
        ? 'running'
        : `${formatBytes(progress.bytes)} moved, ${formatRate(progress.bytesPerSecond)}`
    case 'interrupted':
      return 'interrupted: it goes on when the sender calls again'
    case 'done':
      return `done: ${stored} stored${failed ? `, ${failed} failed` : ''}${folder === undefined ? '' : ` in ${visible(folder)}`}`
    default:
      return `${state}${reason === undefined ? '' : `: ${visible(reason)}`}`
  }
}
