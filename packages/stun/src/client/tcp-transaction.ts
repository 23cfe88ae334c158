import type { Machine, Output, TransportAddress } from '@p2pd/netif'
import { MessageFramer } from '../tcp-framing.ts'
import { type Accept, outcome, timedOut } from './transaction.ts'

/** How long to wait for a response: TCP retransmits by itself. RFC 8489 §6.2.2. */
const TI_MS = 39_500

/** One request over TCP or TLS: sent once, fed with chunks of the stream. RFC 8489 §6.2.2. */
export class TcpTransaction<Response> implements Machine<Response> {
  readonly #request: Uint8Array
  readonly #server: TransportAddress
  readonly #accept: Accept<Response>
  readonly #timeoutMs: number
  readonly #framer = new MessageFramer()
  #sentAt: number | undefined

  constructor(request: Uint8Array, server: TransportAddress, accept: Accept<Response>, timeoutMs = TI_MS) {
    this.#request = request
    this.#server = server
    this.#accept = accept
    this.#timeoutMs = timeoutMs
  }

  wake(now: number): Output<Response>[] {
    if (this.#sentAt !== undefined) return [{ type: 'fail', error: timedOut(this.#server) }]
    this.#sentAt = now
    return [
      { type: 'send', data: this.#request, to: this.#server },
      { type: 'wake', at: now + this.#timeoutMs },
    ]
  }

  receive(chunk: Uint8Array, from: TransportAddress, now: number): Output<Response>[] {
    const arrival = { now, rttMs: now - (this.#sentAt ?? now) }
    try {
      for (const message of this.#framer.decode(chunk)) {
        const outputs = outcome(() => this.#accept(message, from, arrival))
        if (outputs.length > 0) return outputs
      }
      return []
    } catch (error) {
      return [{ type: 'fail', error: error as Error }]
    }
  }
}
