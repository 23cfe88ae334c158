import { peerOf } from '@p2pd/node'
import { defaultContactsFile, loadContacts } from '@p2pd/node/node'
import { escapeName } from '@p2pd/transfer'
import type { Context } from '../context.ts'

/** The user's name for a peer, for a text; the id where there is none. Events keep the id. */
export async function peerName(context: Pick<Context, 'env'>, id: string): Promise<string> {
  return (await peerNames(context))(id)
}

/** The names of all peers as they are now. A file that can't be read has no names: whoever needs it reports that. */
export async function peerNames({ env }: Pick<Context, 'env'>): Promise<(id: string) => string> {
  const known = new Map<string, string>()
  try {
    for (const [name, entry] of await loadContacts(defaultContactsFile(env)))
      known.set(peerOf(entry), escapeName(name))
  } catch {
    // Ids do as well.
  }
  return (id) => known.get(id) ?? id
}

/** Tells a person of a peer by its name. */
export async function tellOf(
  context: Pick<Context, 'env' | 'output'>,
  id: string,
  textOf: (name: string) => string,
): Promise<void> {
  context.output.info(textOf(await peerName(context, id)))
}
