/** Why: a release can't be taken back, so whoever starts one is asked for all that it needs first. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'

/** One thing that a release needs, and whether it is there. */
export interface Need {
  readonly text: string
  readonly isMet: boolean
}

/** The facts about the work tree and the environment that `needsOf` judges. */
export interface Situation {
  readonly env: NodeJS.ProcessEnv
  /** The files that differ from the last commit. */
  readonly changes: readonly string[]
  /** The changesets that no version has yet. */
  readonly changesets: readonly string[]
}

/** Lists the needs of a release. */
export function needsOf({ env, changes, changesets }: Situation): Need[] {
  const hasToken = Boolean(env['NODE_AUTH_TOKEN'] || env['NPM_TOKEN'])
  const hasIdentity = Boolean(env['ACTIONS_ID_TOKEN_REQUEST_URL'])
  return [
    {
      text: 'a work tree without changes, so that the packages are those of a commit',
      isMet: changes.length === 0,
    },
    {
      text: 'versions: `pnpm changeset version` has used up every changeset, and the result is committed',
      isMet: changesets.length === 0,
    },
    {
      text: 'a token of npm in NODE_AUTH_TOKEN, or a CI service that npm trusts (id-token: write)',
      isMet: hasToken || hasIdentity,
    },
    { text: 'provenance: a run on a CI service with id-token: write', isMet: hasIdentity },
  ]
}

/** Looks at the work tree. */
export async function situation(): Promise<Situation> {
  const status = await runCommand('git', ['status', '--porcelain'])
  const names = readdirSync(join(root, '.changeset'))
  return {
    env: process.env,
    changes: status.split('\n').filter((line) => line !== ''),
    changesets: names.filter((name) => name.endsWith('.md') && name !== 'README.md'),
  }
}
