/** Counts the topics that hold a retained message: an empty one removes it. MQTT 3.1.1 §3.3.1.3. */
export class RetainedTopics {
  readonly #max: number
  readonly #topics = new Set<string>()

  constructor(max: number) {
    this.#max = max
  }

  /** Whether a retained message may be published. If so, it is counted. */
  accept(topic: string, payloadBytes: number): boolean {
    if (payloadBytes === 0) this.#topics.delete(topic)
    else if (this.#topics.size < this.#max) this.#topics.add(topic)
    else return this.#topics.has(topic)
    return true
  }
}
