import type { Records, Signal } from '../signalling/signal.ts'

type Listener = (from: Uint8Array, body: Uint8Array) => void

/** Signalling between nodes of one test: delivers at once. */
export class MemorySignal implements Signal {
  static readonly #all = new Map<string, MemorySignal>()
  readonly sent: { readonly to: Uint8Array; readonly body: Uint8Array }[] = []
  readonly records: Records = {
    publish: () => Promise.resolve(),
    fetch: () => Promise.resolve(undefined),
  }
  readonly #publicKey: Uint8Array
  readonly #listeners = new Set<Listener>()

  constructor(publicKey: Uint8Array) {
    this.#publicKey = publicKey
    MemorySignal.#all.set(publicKey.join(), this)
  }

  ready(): Promise<void> {
    return Promise.resolve()
  }

  async send(to: Uint8Array, body: Uint8Array): Promise<void> {
    this.sent.push({ to, body })
    const recipient = MemorySignal.#all.get(to.join())
    if (recipient === undefined) return
    for (const listener of recipient.#listeners) listener(this.#publicKey, body)
  }

  onMessage(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    MemorySignal.#all.delete(this.#publicKey.join())
  }
}
