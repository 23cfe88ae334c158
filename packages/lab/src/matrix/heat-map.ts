import type { PunchResult } from '../punching/run-punch.ts'
import { deltaTypes, natTypes, type Preset, type PresetName } from '../preset.ts'
import { LEAST_SHARE, type MatrixCell } from './cell.ts'
import { connectedRuns } from './limits.ts'

/** The letter of each technique in a cell of the table. */
export const TECHNIQUE_LETTERS: Readonly<Record<PunchResult['technique'], string>> = {
  'known-mappings': 'k',
  'open-then-listen': 'o',
  window: 'w',
  birthday: 'b',
  impossible: '·',
}

/** The rate at which a pair connects. */
export type CellSuccess = 'always' | 'mostly' | 'seldom' | 'skipped'

export function successOf(cell: MatrixCell): CellSuccess {
  const share = connectedRuns(cell).length / cell.runs.length
  if (share === 1) return 'always'
  if (cell.runs.every(({ outcome }) => outcome === 'skipped')) return cell.expected ? 'seldom' : 'skipped'
  return share >= LEAST_SHARE && cell.expected ? 'mostly' : 'seldom'
}

/** A cell as text: its letter, a capital one where not every run connected. */
export function letterOf(cell: MatrixCell): string {
  const letter = TECHNIQUE_LETTERS[cell.technique]
  if (cell.technique === 'impossible') return cell.expected ? '!' : letter
  return successOf(cell) === 'always' ? letter : letter.toUpperCase()
}

/** Two letters for a preset: type and delta, such as `Oe` for open-equal; the first and the last of a mix. */
export function shortName(name: PresetName): string {
  const type = natTypes.find((each) => name.startsWith(`${each}-`))
  const delta = deltaTypes.find((each) => name === `${type}-${each}`)
  if (type === undefined || delta === undefined) return `${name[0]}${name.at(-1)}`
  return `${type[0]?.toUpperCase()}${delta[0]}`
}

/** Width of `restricted-equal` and its short name, beside the rows. */
const NAME_WIDTH = 30

/** The short names of the columns, one letter in each of two lines. */
export function heatMapHead(presets: readonly Preset[]): string[] {
  return [0, 1].map((line) => {
    return `${''.padEnd(NAME_WIDTH)}${presets.map(({ name }) => shortName(name)[line]).join('')}`
  })
}

/** The row of one caller; `paint` may colour a letter. */
export function heatMapRow(
  caller: PresetName,
  cells: readonly (MatrixCell | undefined)[],
  paint: (letter: string, success: CellSuccess) => string,
): string {
  const letters = cells.map((cell) => (cell === undefined ? ' ' : paint(letterOf(cell), successOf(cell))))
  return `${`${caller} ${shortName(caller)}`.padStart(NAME_WIDTH - 1)} ${letters.join('')}`
}
