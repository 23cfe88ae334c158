import type { Context } from '../../context.ts'

/** Reports a caller that waits for the user, with the command that lets it in. */
export function announceWaiting({ output }: Pick<Context, 'output'>, peer: string, service: string): void {
  output.event({ event: 'waiting', peer, service })
  output.info(`${peer} waits for "${service}": p2pd peers accept ${peer}`)
}
