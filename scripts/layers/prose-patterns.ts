/** Why: the wordings are one list that people and the check read. */
/** A wording that readers stumble over, and the plain one. Part of `pnpm check:layers`. */
export interface ProsePattern {
  readonly pattern: RegExp
  /** The advice, to follow the words that were found. */
  readonly instead: string
}

/** Words that a sentence does not open with, unless it asks. */
export const hardOpening: ProsePattern = {
  pattern: /^(?:Who|Whose|Whom|What|That|Which|Whoever|Whatever|Whichever)\b/,
  instead: 'open the sentence with the noun that acts or that is described',
}

/** A sentence with more words than this is two. */
export const sentenceWords = 25

/** Words that are hard wherever they stand. Each has few other uses; those are excluded by its pattern. */
export const hardWordings: readonly ProsePattern[] = [
  {
    // "there is no gateway" and "is no longer" are plain.
    pattern: /(?<!\bthere )\b(?:is|are|was|were|be) no (?!longer\b|more than\b|later than\b|less than\b)\w+/i,
    instead: 'write "is not a", or "there is no"',
  },
  { pattern: /\bin vain\b/i, instead: 'write "failed", "without an answer" or "without need"' },
  { pattern: /\bof its(?=[.,;:)]|$)/i, instead: 'name the owner: "of the NAT"' },
  { pattern: /\bof (?:theirs|ours|yours|hers|mine)\b/i, instead: 'name the owner: "of the NAT"' },
  { pattern: /\ball but\b/i, instead: 'write "nearly", or "all except"' },
  { pattern: /\bbut for\b/i, instead: 'write "except for", or "apart from"' },
  { pattern: /\bheard\b/i, instead: 'write "received"' },
  { pattern: /\btold\b(?! apart)/i, instead: 'write "reported", "announced" or "given"' },
  { pattern: /\bby hand of\b/i, instead: 'name who does it' },
  {
    pattern: /\b(?:be it|lest|whereof|thereof|wherefrom|hitherto|ere|nought|naught)\b/i,
    instead: 'use the everyday word',
  },
]
