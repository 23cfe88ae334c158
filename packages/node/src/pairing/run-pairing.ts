import type { Clock } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import type { Introduction } from './introduction.ts'
import type { PairingMachine, PairingOutput } from './pairing-machine.ts'

/** Brokers as a pairing needs them: messages under topics, copied, lost, repeated or changed as they like. */
export interface PairingBroker {
  publish(topic: string, payload: Uint8Array, options: { readonly retain?: boolean }): Promise<void>
  /** Resolves when messages come; the result ends that. */
  subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<() => void>
}

/** How a pairing is run. */
export interface PairingRun {
  readonly broker: PairingBroker
  readonly clock: Clock
  /** Ends the run, and after success the answers to repeated proofs. */
  readonly signal?: AbortSignal | undefined
  /** The code may be shown now. */
  readonly onReady?: (() => void) | undefined
  /** A guess was wrong. */
  readonly onWrong?: ((left: number) => void) | undefined
}

/** The waiting side answers a repeated proof for so long: its welcome may have been lost. */
const LINGER_MS = 5000

/** Runs one side until both have proved the code. Rejects with the error of the machine, or with `NODE_ABORTED`. */
export async function runPairing(machine: PairingMachine, run: PairingRun): Promise<Introduction> {
  const driver = new PairingDriver(machine, run)
  return driver.run()
}

class PairingDriver {
  readonly #machine: PairingMachine
  readonly #run: PairingRun
  readonly #stops: (() => void)[] = []
  #isClosed = false
  #cancelWake = () => {}
  #settle: { resolve(peer: Introduction): void; reject(error: unknown): void } = { resolve() {}, reject() {} }

  constructor(machine: PairingMachine, run: PairingRun) {
    this.#machine = machine
    this.#run = run
  }

  run(): Promise<Introduction> {
    const { signal } = this.#run
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#perform(this.#machine.abort())
        this.#close()
        reject(new NodeError('NODE_ABORTED', 'the pairing was aborted', { cause: signal?.reason }))
      }
      this.#settle = { resolve, reject: (error) => (this.#close(), reject(error as Error)) }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      this.#stops.push(() => signal?.removeEventListener('abort', abort))
      this.#begin().catch((error: unknown) => this.#settle.reject(error))
    })
  }

  async #begin(): Promise<void> {
    const { broker, clock } = this.#run
    await Promise.all(
      this.#machine.topics.map(async (topic) => {
        const receive = (payload: Uint8Array) =>
          this.#perform(this.#machine.receive(topic, payload, clock.now()))
        const stop = await broker.subscribe(topic, receive)
        if (this.#isClosed) stop()
        else this.#stops.push(stop)
      }),
    )
    if (this.#isClosed) return
    this.#perform(this.#machine.wake(clock.now()))
  }

  #perform(outputs: readonly PairingOutput[]): void {
    const { broker, clock } = this.#run
    for (const output of outputs) {
      // A callback may have ended the run.
      if (this.#isClosed) return
      switch (output.type) {
        case 'publish': {
          const { topic, payload, retain = false } = output
          // A broker that is down is one of several, and messages are repeated.
          broker.publish(topic, payload, { retain }).catch(() => {})
          break
        }
        case 'wake':
          this.#cancelWake()
          this.#cancelWake = clock.at(output.at, () => this.#perform(this.#machine.wake(clock.now())))
          break
        case 'ready':
          this.#run.onReady?.()
          break
        case 'wrong':
          this.#run.onWrong?.(output.left)
          break
        case 'done':
          this.#cancelWake()
          this.#cancelWake = clock.at(clock.now() + LINGER_MS, () => this.#close())
          this.#settle.resolve(output.peer)
          break
        case 'fail':
          this.#settle.reject(output.error)
          break
      }
    }
  }

  #close(): void {
    this.#isClosed = true
    this.#cancelWake()
    for (const stop of this.#stops.splice(0)) stop()
  }
}
