/** Why: one look says what was tried and what failed. */

/** The faults in a line of the table, by column; a column that is missing was not tried. */
export interface Row {
  readonly title: string
  readonly cells: ReadonlyMap<string, readonly string[]>
}

/** The rows as lines of Markdown, and below them each finding. */
export function formatTable(rows: readonly Row[], columns: readonly string[]): string {
  const texts = rows.map(({ title, cells }) => [title, ...columns.map((column) => word(cells.get(column)))])
  const head = ['', ...columns]
  const widths = head.map((text, i) => Math.max(text.length, ...texts.map((row) => (row[i] ?? '').length), 3))
  const line = (row: readonly string[]) =>
    `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  const findings = rows.flatMap(({ title, cells }) =>
    [...cells].flatMap(([column, found]) => found.map((text) => `${title}, ${column}: ${text}`)),
  )
  return [line(head), line(rule), ...texts.map(line), ...findings].join('\n')
}

function word(findings: readonly string[] | undefined): string {
  if (findings === undefined) return '-'
  return findings.length === 0 ? 'passed' : 'FAILED'
}
