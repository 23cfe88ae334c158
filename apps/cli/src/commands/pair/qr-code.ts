import { encode } from 'uqr'

/** Modules of quiet zone on each side. ISO/IEC 18004 §9.1 wants four; readers of telephones take two. */
const BORDER = 2
/** Background and foreground of dark and light modules: both are painted, so that a light terminal shows the same. ECMA-48, SGR. */
const DARK = { back: 40, fore: 30 }
const LIGHT = { back: 107, fore: 97 }
const PLAIN = '\u001b[0m'

/** Lines below the picture that have to be seen with it. */
const WORDS = 4

/**
 * A text as QR code for a terminal of so many columns and rows: full blocks where they fit, else half blocks. Nothing where
 * neither fits. ISO/IEC 18004.
 */
export function qrCode(text: string, columns: number, rows: number): string | undefined {
  const { data, size } = encode(text, { border: BORDER })
  if (2 * size <= columns && size + WORDS <= rows)
    return data.map((row) => `${fullBlocks(row)}${PLAIN}`).join('\n')
  return size <= columns ? halfBlocks(data).join('\n') : undefined
}

/** A colour is set where it changes. */
function fullBlocks(row: readonly boolean[]): string {
  const blocks = row.map((isDark, column) => {
    const paint = column > 0 && row[column - 1] === isDark ? '' : `\u001b[${colour(isDark).back}m`
    return `${paint}  `
  })
  return blocks.join('')
}

/** Two rows of modules a line: the upper one is the foreground. */
function halfBlocks(rows: readonly boolean[][]): string[] {
  return rows.flatMap((upper, index) => {
    if (index % 2 === 1) return []
    const lower = rows[index + 1]
    const blocks = upper.map((isDark, column) => {
      const below = colour(lower?.[column] ?? false).back
      return `\u001b[${colour(isDark).fore};${below}m▀`
    })
    return [`${blocks.join('')}${PLAIN}`]
  })
}

function colour(isDark: boolean): typeof DARK {
  return isDark ? DARK : LIGHT
}
