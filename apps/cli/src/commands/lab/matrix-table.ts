import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import {
  type CellSuccess,
  connectedRuns,
  heatMapHead,
  type MatrixCell,
  type Preset,
  TECHNIQUE_LETTERS,
  type TechniqueSummary,
} from '@p2pd/lab'
import { showsColours } from '../../text/shows-colours.ts'
import { formatTable } from '../../text/table.ts'

const STYLES = {
  always: ['bgGreen', 'black'],
  mostly: ['bgYellow', 'black'],
  seldom: ['bgRed', 'black'],
  skipped: ['gray'],
} as const satisfies Record<CellSuccess, unknown>

/** Colours a cell where somebody sees colours. */
export function painter(
  stdout: Writable & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  json: boolean,
): (letter: string, success: CellSuccess) => string {
  const isPlain = json || !showsColours(stdout, env)
  return (letter, success) =>
    isPlain ? letter : styleText([...STYLES[success]], letter, { validateStream: false })
}

/** The lines above the rows. */
export function head(protocol: 'udp' | 'tcp', presets: readonly Preset[]): string {
  const title = `${protocol.toUpperCase()}: rows call, columns are called`
  return ['', title, ...heatMapHead(presets)].join('\n')
}

export function legend(kernel: boolean): string {
  const letters = Object.entries(TECHNIQUE_LETTERS).map(([technique, letter]) => `${letter} ${technique}`)
  const half = kernel ? '; each pair in one direction' : ''
  return `${letters.join('   ')}   CAPITAL: not in every run   !: skipped, and should not be${half}`
}

/** Times until the caller has authenticated the peer: the path, and one R_d for TLS on top. */
export function summaryTable(summaries: readonly TechniqueSummary[]): string {
  const ms = (value?: number) => (value === undefined ? '' : `${value.toFixed(0)} ms`)
  const rows = summaries.map(({ protocol, technique, pairs, runs, connected, p50Ms, p95Ms, mostMs }) => {
    const share = technique === 'impossible' ? 'skipped' : `${((100 * connected) / runs).toFixed(1)} %`
    return [protocol.toUpperCase(), technique, pairs, runs, share, ms(p50Ms), ms(p95Ms), ms(mostMs)]
  })
  return formatTable({
    head: ['', 'technique', 'pairs', 'runs', 'connected', 'p50', 'p95', 'most'],
    rows,
    figures: [2, 3, 4, 5, 6, 7],
  })
}

/** A cell for programs. */
export function cellEvent(cell: MatrixCell): object {
  const { protocol, caller, peer, expected, technique, runs } = cell
  const reasons = [...new Set(runs.flatMap(({ reason }) => reason ?? []))]
  return {
    event: 'cell',
    protocol,
    caller,
    peer,
    expected,
    technique,
    runs: runs.length,
    connected: connectedRuns(cell).length,
    callerMs: connectedRuns(cell).map(({ callerMs }) => Math.round(callerMs * 10) / 10),
    boundMs: runs[0]?.boundMs,
    ...(reasons.length > 0 && { reasons }),
  }
}
