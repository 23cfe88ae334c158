import { prioritized } from '../candidates/candidate.ts'
import type { Identity } from '../identity/identity.ts'
import { formatNodeId } from '../identity/node-id.ts'
import { NodeError } from '../node-error.ts'
import type { KnownTarget } from '../naming/resolve-name.ts'
import type { Callee } from './call.ts'

/**
 * The peer that a target names. `self` is this node, on the loopback, where its own port is. The own id is another program of
 * this identity: the port of this one is not dialled.
 */
export function calleeOf(target: KnownTarget, own: Pick<Identity, 'id' | 'publicKey'>, port: number): Callee {
  const callee = named(target)
  if (callee !== undefined) {
    if (formatNodeId(callee.publicKey) !== own.id) return callee
    return { ...callee, candidates: callee.candidates.filter((candidate) => candidate.port !== port) }
  }
  const loopback = ['127.0.0.1', '::1'].map((ip) => ({ kind: 'host', ip, port }) as const)
  return { publicKey: own.publicKey, candidates: prioritized(loopback) }
}

/** Undefined for `self`. */
function named(target: KnownTarget): Callee | undefined {
  switch (target.type) {
    case 'self':
      return undefined
    case 'id':
      return { publicKey: target.publicKey, candidates: [] }
    case 'address':
      return target.address
  }
}

/** The error of a call that needs signalling where there is none. */
export function noBrokerConfigured(): NodeError {
  return new NodeError(
    'NODE_NO_BROKER',
    'no MQTT broker is configured: name one in the servers file, or give an address instead of an id',
  )
}
