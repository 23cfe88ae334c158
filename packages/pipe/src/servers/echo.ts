import type { Pipe } from '../pipe.ts'

/** Sends back whatever a pipe receives: the same over TCP, TLS and UDP. RFC 862. */
export function echo(pipe: Pipe): void {
  pipe.onMessage((data, from) => pipe.send(data, from))
}
