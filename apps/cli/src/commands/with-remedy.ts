import { NodeError } from '@p2pd/node'

/** The same failure of a call, with the next thing to do. */
export function withRemedy(error: NodeError, remedy: string): NodeError {
  const { code, message, report } = error
  return new NodeError(code, `${message}: ${remedy}`, { cause: error, report })
}
