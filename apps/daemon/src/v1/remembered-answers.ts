/** Enough for the repeats of clients that lost their connection. */
const MAX_REMEMBERED = 1000

/** The answers of requests with an `Idempotency-Key`: the same key again gets the same answer, and nothing is done twice. */
export class RememberedAnswers {
  readonly #answers = new Map<string, Promise<unknown>>()

  answer<T>(key: string | undefined, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work()
    const known = this.#answers.get(key)
    if (known !== undefined) return known as Promise<T>
    const answer = work()
    this.#answers.set(key, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > MAX_REMEMBERED && oldest !== undefined) this.#answers.delete(oldest)
    // A failure is not an answer: the client may try again.
    answer.catch(() => this.#answers.delete(key))
    return answer
  }
}
