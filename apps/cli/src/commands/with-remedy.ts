import { NodeError } from '@p2pd/node'

/** The peer is there, and does not offer this node the service. */
export function isNotServed(error: unknown): error is NodeError {
  return error instanceof NodeError && error.code === 'NODE_SERVICE'
}

/** The failure of a call; that of a service which is not offered has the next thing to do. */
export function withRemedy(error: unknown, remedy: string): unknown {
  if (!isNotServed(error)) return error
  const { code, message, report } = error
  return new NodeError(code, `${message}: ${remedy}`, { cause: error, report })
}
