import type { PunchResult } from '../punching/run-punch.ts'
import { deltaTypes, type Preset } from '../preset.ts'
import { LEAST_SHARE, type MatrixCell } from './cell.ts'
import { connectedRuns } from './limits.ts'
import { successOf, shortName, TECHNIQUE_LETTERS } from './heat-map.ts'

/** The edge of a cell, and the space around the cells. */
const CELL = 10
const LEFT = 150
const TOP = 44
const GAP = 40

/** Height of a line of text, and width of the longest one. */
const LINE = 13
const TEXT_WIDTH = 500

const COLOURS: Readonly<Record<PunchResult['technique'], string>> = {
  'known-mappings': '#2e9e5b',
  'open-then-listen': '#7cc576',
  window: '#3f8fd2',
  birthday: '#e0a526',
  impossible: '#d9d9d9',
}

/** The colour of a fault. */
const FAULT = '#d0342c'

/** The matrix as a picture: a square for each protocol, a cell for each pair, its colour the technique. */
export function heatMapSvg(
  cells: readonly MatrixCell[],
  presets: readonly Preset[],
  caption: string,
): string {
  const protocols = [...new Set(cells.map(({ protocol }) => protocol))]
  const edge = presets.length * CELL
  const width = Math.max(protocols.length * (LEFT + edge + GAP), LEFT + TEXT_WIDTH)
  const notes = legend(TOP + edge + 2 * LINE, caption)
  const height = TOP + edge + (notes.length + 2) * LINE
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="9">`,
    `<title>${escape(caption)}</title>`,
    `<style>${styles()}</style>`,
    `<defs><rect id="c" width="${CELL - 1}" height="${CELL - 1}"/></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...protocols.flatMap((protocol, i) =>
      matrix(
        cells.filter((cell) => cell.protocol === protocol),
        presets,
        LEFT + i * (LEFT + edge + GAP),
      ),
    ),
    ...notes,
    '</svg>',
    '',
  ].join('\n')
}

function styles(): string {
  const colours = Object.entries(COLOURS).map(
    ([technique, colour]) => `.${classOf(technique as PunchResult['technique'])}{fill:${colour}}`,
  )
  return [...colours, `.x{fill:${FAULT}}`].join('')
}

function matrix(cells: readonly MatrixCell[], presets: readonly Preset[], left: number): string[] {
  const [first] = cells
  const lines = [
    `<g transform="translate(${left} ${TOP})">`,
    `<text x="0" y="-28" font-size="12">${first?.protocol.toUpperCase()}: rows call, columns are called</text>`,
  ]
  presets.forEach(({ name }, i) => {
    const [type, delta] = shortName(name)
    lines.push(
      `<text x="${i * CELL + 4}" y="-12" text-anchor="middle">${type}<tspan x="${i * CELL + 4}" dy="9">${delta}</tspan></text>`,
    )
    lines.push(`<text x="-6" y="${i * CELL + 8}" text-anchor="end">${name}</text>`)
    const row = cells.filter(({ caller }) => caller === name).map((cell) => square(cell, presets))
    lines.push(`<g transform="translate(0 ${i * CELL})">`, ...row, '</g>')
  })
  return [...lines, '</g>']
}

function square(cell: MatrixCell, presets: readonly Preset[]): string {
  const column = presets.findIndex(({ name }) => name === cell.peer)
  const success = successOf(cell)
  const share = connectedRuns(cell).length / cell.runs.length
  const faded = success === 'mostly' ? ` opacity="${share.toFixed(2)}"` : ''
  return `<use class="${success === 'seldom' ? 'x' : classOf(cell.technique)}" href="#c" x="${column * CELL}"${faded}/>`
}

function legend(top: number, caption: string): string[] {
  const entries = [
    ...Object.entries(COLOURS).map(([technique, colour]) => {
      return [technique === 'impossible' ? 'impossible, skipped at once' : technique, colour] as const
    }),
    [`connects in less than ${LEAST_SHARE * 100} % of the runs`, FAULT] as const,
  ]
  const deltas = deltaTypes.map((delta) => `${delta[0]} ${delta}`).join(', ')
  const texts = [`Columns: the letter of the type, below it that of the delta: ${deltas}.`, escape(caption)]
  return [
    ...entries.map(
      ([label, colour], i) =>
        `<rect x="${LEFT}" y="${top + i * LINE - 8}" width="9" height="9" fill="${colour}"/><text x="${LEFT + 14}" y="${top + i * LINE}">${label}</text>`,
    ),
    ...texts.map((text, i) => `<text x="${LEFT}" y="${top + (entries.length + i) * LINE}">${text}</text>`),
  ]
}

function classOf(technique: PunchResult['technique']): string {
  return technique === 'impossible' ? 'i' : TECHNIQUE_LETTERS[technique]
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
