/**
 * Characters that change how the text around them is shown: controls, line separators, and the marks of
 * bidirectional text. Unicode Standard Annex #9.
 */
export const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/

const everyUnseen = new RegExp(UNSEEN, 'g')

/** A name as people may see it: characters that are not seen, or that reorder the text, are shown as `\u{…}`. */
export function escapeName(name: string): string {
  return name.replace(everyUnseen, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
}
