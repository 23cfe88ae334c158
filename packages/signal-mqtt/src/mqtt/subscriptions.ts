import type { PublishPacket } from './publish-packet.ts'

/** Takes what is published on a topic. */
type TopicListener = (payload: Uint8Array) => void

/** The listeners to each topic of a connection. */
export class Subscriptions {
  readonly #listeners = new Map<string, Set<TopicListener>>()

  add(topic: string, listener: TopicListener): void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
  }

  /** Whether that was the last one of its topic. */
  remove(topic: string, listener: TopicListener): boolean {
    const listeners = this.#listeners.get(topic)
    if (!listeners?.delete(listener) || listeners.size > 0) return false
    return this.#listeners.delete(topic)
  }

  /** Whether anybody listens. */
  deliver({ topic, payload }: PublishPacket): boolean {
    const listeners = this.#listeners.get(topic)
    for (const listener of listeners ?? []) listener(payload)
    return listeners !== undefined
  }
}
