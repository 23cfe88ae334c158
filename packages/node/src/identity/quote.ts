/** A text of a person's or a stranger's, as an error shows it: on one line, short, nothing a terminal obeys. */
export function quote(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text
  return JSON.stringify(shown).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

/** An id with a typing error is shown whole. */
const LONGEST = 64
