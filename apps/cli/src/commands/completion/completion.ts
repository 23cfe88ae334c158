import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { type Candidate, type Place, placeOf } from './candidates.ts'
import { SCRIPTS, type Shell } from './scripts.ts'

/** `p2pd completion SHELL`: prints what the shell loads. */
export function completion({ output }: Context, shell: Shell): void {
  const script = SCRIPTS[shell]
  output.event({ event: 'completion', shell, script })
  if (!output.json) output.result(script)
}

/** `p2pd complete -- WORDS`: what may stand in place of the last word, one candidate and its meaning a line. */
export async function complete(context: Context, program: Command, words: readonly string[]): Promise<void> {
  const begun = words.at(-1) ?? ''
  const candidates = await candidatesAt(placeOf(program, words), context, begun)
  const fitting = candidates.filter(({ word }) => word.startsWith(begun))
  context.stdout.write(fitting.map(({ word, meaning }) => `${word}\t${meaning}\n`).join(''))
}

async function candidatesAt(place: Place, context: Context, begun: string): Promise<readonly Candidate[]> {
  switch (place.type) {
    case 'words':
      return place.candidates
    case 'code':
      return codes(begun)
    case 'peer':
      return [...(await peers(context)), ...(await codes(begun))]
    case 'file':
      return []
  }
}

/** The codes that a number and the beginning of a word may become. */
async function codes(begun: string): Promise<Candidate[]> {
  if (!/^\d/.test(begun)) return []
  const { completeCode } = await import('@p2pd/node')
  return completeCode(begun).map((word) => ({ word, meaning: 'a code' }))
}

/** The contacts; their file is only read when a peer is asked for. */
async function peers({ env }: Context): Promise<Candidate[]> {
  const { defaultContactsFile, loadContacts } = await import('@p2pd/node/node')
  try {
    const contacts = await loadContacts(defaultContactsFile(env))
    return [...contacts].map(([word, { target }]) => ({ word, meaning: `${target.slice(0, 8)}…` }))
  } catch {
    return [] // A shell that completes has no place for an error; the command itself will say it.
  }
}
