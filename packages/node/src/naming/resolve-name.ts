import type { Clock } from '@p2pd/netif'
import { withDeadline } from '../runtime/deadline.ts'
import type { Verify } from '../identity/identity.ts'
import { NodeError } from '../node-error.ts'
import { quote } from '../identity/quote.ts'
import { parseTarget, type Target } from './target.ts'

/**
 * Looks up a contact's name or a domain: a node id or an address. Gives up when the signal aborts, and fails with
 * `NODE_UNKNOWN_NAME` when nobody has that name.
 */
export type ResolveName = (name: string, signal?: AbortSignal) => Promise<string>

/** A target that says itself where to go. */
export type KnownTarget = Exclude<Target, { readonly type: 'name' }>

/** The parts that resolve a name. */
export interface Resolving {
  readonly names: ResolveName | undefined
  readonly verify: Verify
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The peer that a target names, in whatever form. */
export async function resolveTarget(
  target: string,
  verify: Verify,
  resolving: () => Resolving,
): Promise<KnownTarget> {
  const parsed = parseTarget(target, verify)
  return parsed.type === 'name' ? resolveName(parsed.name, resolving()) : parsed
}

/** Resolves a name to the peer it stands for; every failure is a `NodeError`. */
export async function resolveName(name: string, resolving: Resolving): Promise<KnownTarget> {
  const { names, verify, signal } = resolving
  const what = `looking up ${quote(name)}`
  if (names === undefined) {
    throw unknownName(name, 'is a name, and this node looks none up: give a node id or an address')
  }
  try {
    const text = await withDeadline({ ...resolving, what }, (ending) => names(name, ending))
    const found = parseTarget(text, verify)
    if (found.type === 'name')
      throw unknownName(name, `stands for another name, ${quote(text)}: give a node id`)
    return found
  } catch (cause) {
    if (cause instanceof NodeError) throw cause
    if (signal.aborted) throw new NodeError('NODE_ABORTED', 'connect was aborted', { cause })
    throw unknownName(name, `can't be looked up: ${(cause as Error).message}`, cause)
  }
}

function unknownName(name: string, why: string, cause?: unknown): NodeError {
  return new NodeError('NODE_UNKNOWN_NAME', `${quote(name)} ${why}`, { cause })
}
