import { escapeName, type NoteEntry, type Summary } from '@p2pd/transfer'
import { counted } from '../../text/counted.ts'

/** Names that are shown of a list; hidden files are shown all, as far as the summary has them. */
const MAX_NAMES = 12

/** The other end of a transfer, as people know it. */
export interface OtherEnd {
  readonly peer: string
  /** The contact that it is, if it is one. */
  readonly name: string | undefined
  /** The name that it gave itself when it proved the code of this side. */
  readonly nameByCode?: string | undefined
  readonly strategy: string
}

/** An offer for a person who decides: who, by which path, how much, and every hidden file. Names are escaped. */
export function offerText(summary: Summary, { peer, name, nameByCode, strategy }: OtherEnd): string {
  const { names, hidden, hiddenCount, notes, noteCount } = summary
  const path =
    strategy === 'relay' ? 'through a relay' : strategy === 'direct' ? 'directly' : `directly, by ${strategy}`
  const rest = names.length > MAX_NAMES ? [`  and ${names.length - MAX_NAMES} more`] : []
  return [
    `${whoOffers({ peer, name, nameByCode })} offers ${amountOf(summary)}, ${path}:`,
    ...names.slice(0, MAX_NAMES).map((one) => `  ${escapeName(one)}`),
    ...rest,
    ...(hiddenCount > 0 ? [`Hidden files: ${hiddenCount}`] : []),
    ...hidden.map((one) => `  ${escapeName(one)}`),
    ...(hiddenCount > hidden.length ? [`  and ${hiddenCount - hidden.length} more`] : []),
    ...notes.slice(0, MAX_NAMES).map(noteText),
    ...(noteCount > MAX_NAMES ? [`  and ${counted(noteCount - MAX_NAMES, 'more remark')}`] : []),
  ].join('\n')
}

function whoOffers({ peer, name, nameByCode }: Omit<OtherEnd, 'strategy'>): string {
  if (name !== undefined) return `${escapeName(name)} (${peer})`
  if (nameByCode !== undefined) return `"${escapeName(nameByCode)}", who has typed your code (${peer}),`
  return `${peer}, who is not among your contacts,`
}

/** A remark of the sender. */
export function noteText({ path, reason, detail }: NoteEntry): string {
  return `${escapeName(path)}: ${reason}${detail === '' ? '' : `: ${escapeName(detail)}`}`
}

/** Files, folders and bytes in words. */
export function amountOf({ files, directories, links, bytes, hasUnknownSize }: Summary): string {
  const parts = [
    counted(files, 'file'),
    ...(directories > 0 ? [counted(directories, 'folder')] : []),
    ...(links > 0 ? [counted(links, 'link')] : []),
  ]
  const size = hasUnknownSize ? 'of unknown size' : `of ${formatBytes(bytes)}`
  return `${parts.join(', ')} ${size}`
}

/** `1.5 MB`; units are powers of 1,000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte')
  const units = ['kB', 'MB', 'GB', 'TB']
  const step = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** step).toFixed(1)} ${units[step - 1]}`
}
