/** Signalling as a node needs it: short messages between peers that may not reach each other yet. */
export interface Signal {
  /** Resolves once a broker is up; rejects, naming each and its fault, when none is in bounded time. */
  ready(): Promise<void>
  /**
   * Delivers to the node with this public key; fails when nothing took the message. An answer is not pressed upon a
   * peer that seems not to hear: it asks again.
   */
  send(to: Uint8Array, body: Uint8Array, options?: { readonly answer?: boolean }): Promise<void>
  /** Resolves when a message to the node can leave, or none can. @default at once */
  readonly sendable?: (to: Uint8Array) => Promise<void>
  /** Listens for messages whose sender is proved; returns the function that stops it. */
  onMessage(listener: (from: Uint8Array, body: Uint8Array) => void): () => void
  readonly records: Records
  /** Takes all addresses of this host when they have changed. @default signalling watches them itself */
  readonly networkChanged?: (ips: readonly string[]) => void
  /** Checks whether broker connections are alive, as those of a peer have fallen silent. @default signalling finds out itself */
  readonly verifyBrokers?: () => void
  /** The brokers in use, and how they do. @default none is known */
  readonly brokers?: () => readonly BrokerState[]
  /** Listens for brokers that come and go; returns the function that stops it. @default unknown */
  readonly onBroker?: (listener: (broker: BrokerState) => void) => () => void
  close(): Promise<void>
}

/** A broker, as far as a node tells of it. */
export interface BrokerState {
  readonly url: string
  readonly state: 'connecting' | 'up' | 'down'
  /** Why it is not up. */
  readonly reason?: string
  /** The address of this host that the connection leaves from, where it is up and that is known. */
  readonly localAddress?: string
}

/** The records that nodes leave on their brokers for peers that know their public key. */
export interface Records {
  /** Keeps this, in place of the last one, until signalling is closed. */
  publish(body: Uint8Array): Promise<void>
  /** The record of a node, or undefined when no broker has one. */
  fetch(owner: Uint8Array, signal?: AbortSignal): Promise<{ readonly body: Uint8Array } | undefined>
}
