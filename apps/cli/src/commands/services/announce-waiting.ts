import { tellOf } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'

/** Reports a caller that waits for the user, with the command that lets it in. */
export function announceWaiting(
  context: Pick<Context, 'env' | 'output'>,
  peer: string,
  service: string,
): void {
  context.output.event({ event: 'waiting', peer, service })
  void tellOf(context, peer, (name) => `${name} waits for "${service}": p2pd peers accept ${name}`)
}
