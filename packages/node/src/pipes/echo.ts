import { joinBytes } from '@p2pd/netif'
import type { Pipe } from '@p2pd/pipe'
import type { Log } from '../runtime/runtime.ts'

/** Clients of P2PD put this before the bytes they want back. */
const PREFIX = new TextEncoder().encode('ECHO ')

/**
 * The echo protocol on one pipe. A pipe that begins with `ECHO ` gets the bytes after that word of each message back, as
 * with P2PD. Any other pipe gets every byte back.
 */
export class EchoProtocol {
  #mode: 'undecided' | 'messages' | 'bytes' = 'undecided'
  #begin: Uint8Array = new Uint8Array(0)

  /** The bytes to send back for the bytes that came; none while the first five are incomplete. */
  receive(data: Uint8Array): Uint8Array {
    if (this.#mode === 'bytes') return data
    if (this.#mode === 'messages') return startsWith(data, PREFIX) ? data.subarray(PREFIX.length) : data
    const begin = joinBytes(this.#begin, data)
    if (begin.length < PREFIX.length && startsWith(PREFIX, begin)) {
      this.#begin = begin
      return new Uint8Array(0)
    }
    this.#mode = startsWith(begin, PREFIX) ? 'messages' : 'bytes'
    return this.receive(begin)
  }
}

/** Serves a pipe with the echo protocol until it ends. Never rejects: `log` is given the reason of a failure. */
export async function serveEcho(pipe: Pipe, log?: Log): Promise<void> {
  const protocol = new EchoProtocol()
  try {
    try {
      for await (const { data } of pipe) await pipe.send(protocol.receive(data))
    } finally {
      await pipe.close()
    }
  } catch (error) {
    log?.('echo-ended', { reason: (error as Error).message })
  }
}

function startsWith(data: Uint8Array, prefix: Uint8Array): boolean {
  return data.length >= prefix.length && prefix.every((byte, i) => data[i] === byte)
}
