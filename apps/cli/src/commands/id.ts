import { defaultIdentityFile, loadIdentity } from '@p2pd/node/identity'
import type { Context } from '../context.ts'

/** `p2pd id`: the user's node id; the identity is made when it is missing. */
export async function id({ identityFile, output }: Context): Promise<void> {
  const identity = await loadIdentity(identityFile ?? defaultIdentityFile())
  const publicKey = Buffer.from(identity.publicKey).toString('hex')
  output.event({ id: identity.id, publicKey })
  if (!output.json) output.result(identity.id)
}
