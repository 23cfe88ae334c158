/** Why: no linter knows which wordings stop a reader whose second language is English. */
import { sentencesOf } from './prose.ts'
import { hardOpening, hardWordings, sentenceWords } from './prose-patterns.ts'
import type { Finding, Tree } from './tree.ts'

/** The patterns are the one file that has to name them, beside the tests of the check. */
const exempt = ['scripts/layers/prose-patterns.ts', 'scripts/check-prose.test.ts']

/** Comments, documents and texts for users are in plain English: no sentence has a hard wording. */
export function checkProse(tree: Tree): Finding[] {
  return [...tree.keys()].flatMap((file) => {
    if (exempt.includes(file)) return []
    return sentencesOf(tree, file).flatMap(({ text, line, whole }) =>
      [...wordings(text, whole), ...(whole ? length(text) : [])].map((message) => ({ file, line, message })),
    )
  })
}

function wordings(text: string, whole: boolean): string[] {
  const opening = whole && !text.endsWith('?') ? [hardOpening] : []
  return [...opening, ...hardWordings].flatMap(({ pattern, instead }) => {
    const words = pattern.exec(text)?.[0]
    return words === undefined ? [] : [`"${words}": ${instead}`]
  })
}

function length(text: string): string[] {
  const words = text.split(/\s+/).length
  return words > sentenceWords ? [`a sentence of ${words} words: at most ${sentenceWords}; split it`] : []
}
