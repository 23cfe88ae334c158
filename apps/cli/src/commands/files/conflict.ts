import { type ConflictPolicy, escapeName } from '@p2pd/transfer'
import type { DecideConflict } from '@p2pd/transfer/node'
import type { ConflictRule } from './conflict-rule.ts'
import type { Questions } from './questions.ts'

/** The decision about names that exist. At a terminal the user is asked by default; without one the file gets another name. */
export function conflictOf(
  word: ConflictRule | undefined,
  questions: Questions,
): ConflictPolicy | DecideConflict {
  if (word !== undefined && word !== 'ask') return word
  return questions.canAsk ? (path) => askAbout(path, questions) : 'rename'
}

async function askAbout(path: string, questions: Questions): Promise<ConflictPolicy> {
  const answer = await questions.ask(`${escapeName(path)} exists. [S]kip, [r]ename or [o]verwrite?`)
  if (answer === 'o' || answer === 'overwrite') return 'overwrite'
  return answer === 'r' || answer === 'rename' ? 'rename' : 'skip'
}
