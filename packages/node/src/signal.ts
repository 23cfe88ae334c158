/** What a node needs of signalling: short messages between peers that may not reach each other yet. */
export interface Signal {
  /** Resolves once a broker is up; rejects, naming each and its fault, when none is in bounded time. */
  ready(): Promise<void>
  /** Delivers to the node with this public key; fails when nothing took the message. */
  send(to: Uint8Array, body: Uint8Array): Promise<void>
  /** Listens for messages whose sender is proved; returns what stops it. */
  onMessage(listener: (from: Uint8Array, body: Uint8Array) => void): () => void
  close(): Promise<void>
}
