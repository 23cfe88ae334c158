/** Runs jobs one after the other: gateways are confused by, or deaf to, a second question while they work. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job)
    this.#last = result.catch(() => undefined)
    return result
  }
}
