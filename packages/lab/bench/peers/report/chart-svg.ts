import { titleOf } from '../pairs.ts'
import type { Outcome, Summary } from './summary.ts'

/** The size of a cell, and the room for the titles. */
const CELL = { width: 112, height: 18 }
const LEFT = 250
const TOP = 34
const GAP = 3
const LINE = 14

const COLOURS = { direct: '#2e9e5b', relayed: '#e0a526', failed: '#d9d9d9' } as const

/** The pairs as rows and the systems as columns: the colours are shares, the number is the median of a warm call. */
export function chartSvg(summary: Summary, caption: string): string {
  const { pairs, systems } = summary
  const width = LEFT + systems.length * (CELL.width + GAP) + GAP
  const bottom = TOP + pairs.length * (CELL.height + GAP)
  const height = bottom + 3 * LINE
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escape(caption)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...systems.map((system, i) => label(columnAt(i) + CELL.width / 2, TOP - 10, system, 'middle')),
    ...pairs.flatMap((pair, row) => {
      const y = TOP + row * (CELL.height + GAP)
      return [
        label(LEFT - 8, y + 13, titleOf(pair), 'end'),
        ...systems.flatMap((system, i) => cell(summary.cell(system, pair), columnAt(i), y)),
      ]
    }),
    ...legend(bottom + LINE, caption),
    '</svg>',
    '',
  ].join('\n')
}

function columnAt(index: number): number {
  return LEFT + index * (CELL.width + GAP)
}

function cell(outcome: Outcome, left: number, top: number): string[] {
  const { attempts, direct, connected, firstByte } = outcome
  if (attempts === 0) return []
  const parts = [
    { share: direct, colour: COLOURS.direct },
    { share: connected - direct, colour: COLOURS.relayed },
    { share: attempts - connected, colour: COLOURS.failed },
  ].filter(({ share }) => share > 0)
  let x = left
  const bars = parts.map(({ share, colour }) => {
    const width = (CELL.width * share) / attempts
    const bar = `<rect x="${round(x)}" y="${top}" width="${round(width)}" height="${CELL.height}" fill="${colour}"/>`
    x += width
    return bar
  })
  const time = firstByte.warm.p50 ?? firstByte.cold.p50
  const text = time === undefined ? 'none' : `${time.toFixed(0)} ms`
  return [...bars, label(left + CELL.width / 2, top + 13, text, 'middle')]
}

function legend(top: number, caption: string): string[] {
  const entries = Object.entries(COLOURS).map(
    ([name, colour], i) =>
      `<rect x="${LEFT + i * 90}" y="${top - 9}" width="10" height="10" fill="${colour}"/>${label(LEFT + 14 + i * 90, top, name, 'start')}`,
  )
  return [...entries, label(LEFT, top + LINE, caption, 'start')]
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${y}" text-anchor="${anchor}">${escape(text)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
