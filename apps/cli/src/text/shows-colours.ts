/** A stream as far as colours go. */
interface Shown {
  readonly isTTY?: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether text on a stream is coloured: at a terminal, unless it is a dumb one or the user wants none. `FORCE_COLOR` decides over
 * everything else, as it does for Node.js itself. no-color.org, force-color.org.
 */
export function showsColours({ isTTY }: Shown, { FORCE_COLOR, NO_COLOR = '', TERM }: Environment): boolean {
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR)
  return isTTY === true && NO_COLOR === '' && TERM !== 'dumb'
}
