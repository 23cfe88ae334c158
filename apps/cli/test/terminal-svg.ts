/** One terminal of a picture. */
export interface ShownTerminal {
  readonly title: string
  readonly lines: readonly string[]
}

/** Characters of a line, and pixels of a character. */
const COLUMNS = 96
const [CHARACTER, LINE, MARGIN] = [7.8, 18, 14]

/** Colours and other settings of a terminal. ECMA-48 §8.3.117. */
const SETTINGS = /\u001b\[[\d;?]*[A-Za-z]/g

/**
 * The lines that a terminal shows in the end, without colours. A line that was written again and again, as progress is, has its
 * last text; the squares of a QR code are left out.
 */
export function screenOf(written: string): readonly string[] {
  return written
    .split('\n')
    .filter((line) => !line.includes('\u001b[40m') && !line.includes('\u001b[107m'))
    .map(
      (line) =>
        line
          .replace(/\r+$/, '')
          .split(/\r|\u001b\[2?K/)
          .findLast((part) => part.trim() !== '') ?? '',
    )
    .map((line) => line.replaceAll(SETTINGS, '').trimEnd())
    .filter((line) => line !== '')
    .flatMap((line) => line.match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [])
}

/** Terminals below one another, readable on a light page and on a dark one. */
export function svgOf(terminals: readonly ShownTerminal[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * MARGIN)
  const parts: string[] = []
  let top = 0
  for (const { title, lines } of terminals) {
    const height = (lines.length + 1) * LINE + 2 * MARGIN
    parts.push(
      `<rect y="${top}" width="${width}" height="${height}" rx="8" fill="#1b1f24"/>`,
      ...[title, ...lines].map((line, index) => {
        const y = top + MARGIN + (index + 1) * LINE - 5
        const kind = index === 0 ? 'title' : line.startsWith('$ ') ? 'typed' : 'shown'
        return `<text x="${MARGIN}" y="${y}" class="${kind}" xml:space="preserve">${escaped(line)}</text>`
      }),
    )
    top += height + 10
  }
  const style = `text{font:13px ui-monospace,Menlo,Consolas,monospace}.title{fill:#8b949e}.typed{fill:#7ee787}.shown{fill:#e6edf3}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top - 10}" width="${width}" role="img"><style>${style}</style>\n${parts.join('\n')}\n</svg>\n`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
