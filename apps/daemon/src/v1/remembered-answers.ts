/** Enough for the repeats of clients that lost their connection. */
const MAX_REMEMBERED = 1000

/** An answer as it was sent. */
export interface RememberedAnswer {
  readonly status: number
  readonly type: string | undefined
  readonly body: unknown
}

/** A request with a key: the first of its kind, and what became of it. */
export interface KeyedRequest {
  /** Tells apart two requests that carry the same key. */
  readonly fingerprint: string
  /** Undefined when the request failed: the next one with the key is carried out. */
  readonly answer: Promise<RememberedAnswer | undefined>
  settle(answer: RememberedAnswer | undefined): void
}

/** The answers to requests with an `Idempotency-Key`: the same request again gets the same answer, and does nothing. */
export class RememberedAnswers {
  readonly #requests = new Map<string, KeyedRequest>()

  find(key: string): KeyedRequest | undefined {
    return this.#requests.get(key)
  }

  /** Begins a request. The oldest is forgotten when there are too many. */
  begin(key: string, fingerprint: string): KeyedRequest {
    let resolve: (answer: RememberedAnswer | undefined) => void = () => {}
    const answer = new Promise<RememberedAnswer | undefined>((done) => (resolve = done))
    const request: KeyedRequest = {
      fingerprint,
      answer,
      settle: (given) => {
        if (given === undefined && this.#requests.get(key) === request) this.#requests.delete(key)
        resolve(given)
      },
    }
    this.#requests.set(key, request)
    const [oldest] = this.#requests.keys()
    if (this.#requests.size > MAX_REMEMBERED && oldest !== undefined) this.#requests.delete(oldest)
    return request
  }
}
