/** Runs tasks of a bounded weight at once. The first error stops it and is thrown from `run` and `idle`. */
export class TaskPool {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  #error: { readonly reason: unknown } | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Starts a task; resolves as soon as another one has room. */
  async run(task: () => Promise<void>, weight = 1): Promise<void> {
    this.#check()
    this.#running += weight
    task()
      .catch((error: unknown) => {
        this.#error ??= { reason: error }
      })
      .finally(() => {
        this.#running -= weight
        for (const wake of this.#waiting.splice(0)) wake()
      })
    while (this.#running >= this.#limit) await this.#change()
    this.#check()
  }

  /** Resolves when no task is running. */
  async idle(): Promise<void> {
    while (this.#running > 0) await this.#change()
    this.#check()
  }

  /** Resolves when no task is running, whatever became of them. */
  async settled(): Promise<void> {
    while (this.#running > 0) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error.reason
  }
}
