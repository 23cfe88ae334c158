import { parseTarget } from '@p2pd/node'
import { nameResolver, verifyEd25519 } from '@p2pd/node/node'
import type { Context } from '../context.ts'

/** The target itself, or the id or address that its name stands for. */
export async function lookUp({ env, interrupted }: Context, target: string): Promise<string> {
  const parsed = parseTarget(target, verifyEd25519)
  if (parsed.type !== 'name') return target
  return nameResolver({ env })(parsed.name, interrupted)
}
