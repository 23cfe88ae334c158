/** Controls, line and paragraph separators, and the marks that turn the direction of text around. Unicode TR9 §2, TR36 §2.10. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A name or text of a peer, with its invisible characters spelt out: it cannot pass for another one. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** The first and last characters of an id, to tell ids apart at a glance. */
export function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : visible(id)
}
