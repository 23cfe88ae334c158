import type { Clock } from '@p2pd/netif'
import type { Progress } from '@p2pd/transfer'
import { counted } from '../../text/counted.ts'
import { formatBytes } from './offer-text.ts'

/** The terminal, or whatever is in its place. */
export interface Screen {
  readonly isTerminal: boolean
  /** Columns; read anew for each line, because a window changes its size. */
  readonly width: () => number
  /** Draws over the line; empty: clears it. */
  draw(line: string): void
  write(text: string): void
}

/** Shorter transfers show no progress. */
const QUIET_MS = 1000
/** The interval of lines where nothing can be drawn over. */
const LINE_MS = 10_000
/** Columns below which no bar is drawn. */
const WIDTH_WITH_BAR = 60
const BAR = 20

/** Shows how far a transfer is: one line that is drawn over on a terminal, one line every 10 s elsewhere. */
export class ProgressLine {
  readonly #screen: Screen
  readonly #clock: Clock
  readonly #startedAt: number
  #lineAt: number
  #isDrawn = false

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#lineAt = this.#startedAt
  }

  show(progress: Progress): void {
    const now = this.#clock.now()
    if (now - this.#startedAt < QUIET_MS) return
    if (this.#screen.isTerminal) {
      this.#screen.draw(formatProgress(progress, this.#screen.width()))
      this.#isDrawn = true
    } else if (now - this.#lineAt >= LINE_MS) {
      this.#lineAt = now
      this.#screen.write(`${formatProgress(progress, this.#screen.width())}\n`)
    }
  }

  /** Makes room for other text. */
  clear(): void {
    if (this.#isDrawn) this.#screen.draw('')
    this.#isDrawn = false
  }
}

/** One line of at most so many columns, less one so that no terminal wraps it. */
export function formatProgress(progress: Progress, width: number): string {
  const { files, totalFiles, bytes, totalBytes, bytesPerSecond } = progress
  const rate = `${formatBytes(bytesPerSecond)}/s`
  const counts = `${files} of ${counted(totalFiles, 'file')}`
  if (totalBytes === undefined) return `${counts}  ${formatBytes(bytes)}  ${rate}`.slice(0, width - 1)
  const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes)
  const full = Math.round(share * BAR)
  const bar = width < WIDTH_WITH_BAR ? '' : `${'#'.repeat(full)}${'-'.repeat(BAR - full)} `
  const left = bytesPerSecond > 0 ? `  ${formatLeft((totalBytes - bytes) / bytesPerSecond)} left` : ''
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  return `${bar}${percent}  ${counts}  ${rate}${left}`.slice(0, width - 1)
}

/** `1:05`, minutes and seconds; hours in front when there are any. */
function formatLeft(seconds: number): string {
  const whole = Math.ceil(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
