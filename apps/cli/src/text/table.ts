/** A table for people. */
export interface TableContent {
  readonly head: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** Columns of figures align to the right. @default none */
  readonly figures?: readonly number[]
}

/** Draws a box around the table and a rule below its head. Each character counts as one column. */
export function formatTable({ head, rows, figures = [] }: TableContent): string {
  const texts = [head, ...rows].map((row) => row.map((cell) => String(cell).replace(/\s*\n\s*/g, ' ')))
  const widths = head.map((_, column) => Math.max(...texts.map((row) => widthOf(row[column]))))
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right
  const pad = (cell: string, column: number) => {
    const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
    return figures.includes(column) ? space + cell : cell + space
  }
  const [first = '', ...others] = texts.map((row) => `│ ${row.map(pad).join(' │ ')} │`)
  return [rule('┌', '┬', '┐'), first, rule('├', '┼', '┤'), ...others, rule('└', '┴', '┘')].join('\n')
}

function widthOf(text = ''): number {
  return Array.from(text).length
}
