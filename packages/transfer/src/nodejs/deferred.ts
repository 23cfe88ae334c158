/** A promise that is resolved from outside. */
export class Deferred<Value> {
  #resolve: (value: Value) => void = () => {}
  readonly promise: Promise<Value>

  constructor() {
    this.promise = new Promise((resolve) => (this.#resolve = resolve))
  }

  resolve(value: Value): void {
    this.#resolve(value)
  }
}
