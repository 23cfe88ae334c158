import type { ByteStream, Clock } from '@p2pd/netif'
import type { Admit, Applicant } from '../calls/admission.ts'
import { checkService } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import { quote } from '../identity/quote.ts'
import type { PeerPipe } from '../pipes/peer-pipe.ts'
import type { Log } from '../runtime/runtime.ts'
import { WaitingRoom, type WaitingCaller } from './waiting-room.ts'

/** Takes the pipes of callers of one service, each admitted. */
export type ServiceHandler = (pipe: PeerPipe) => void | Promise<void>

/** The parts of a node that its services work with. */
export interface ServicesOptions {
  readonly clock: Clock
  readonly log?: Log | undefined
  /** @default the raw pipe is for everyone, a service for nobody */
  readonly admit?: Admit | undefined
  /** Whether the program takes raw pipes. */
  readonly takesPipes: () => boolean
  /** Called when a caller begins to wait for a decision. */
  readonly onWaiting: (caller: WaitingCaller) => void
}

/** The services of a node: who may use which, and the program's handler of each. */
export class Services {
  readonly #options: ServicesOptions
  readonly #handlers = new Map<string, ServiceHandler>()
  readonly #room: WaitingRoom

  constructor(options: ServicesOptions) {
    this.#options = options
    this.#room = new WaitingRoom(options)
  }

  /** See `Node.serve`. */
  serve(name: string, handler: ServiceHandler): () => void {
    checkService(name)
    if (name === '') throw bad('a service needs a name: the raw pipe is for `onPipe`')
    if (this.#handlers.has(name)) throw bad(`the service ${quote(name)} is served already`)
    this.#handlers.set(name, handler)
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name)
    }
  }

  /**
   * Whether a caller gets what it asks for. The decision comes before the look at the names. So a stranger gets the same
   * answer for a service that it may not use and for one that does not exist.
   */
  async admit(applicant: Applicant, stream: ByteStream): Promise<boolean> {
    const isAdmitted = await this.#decide(applicant, stream)
    return isAdmitted && this.#isServed(applicant.service)
  }

  /** Hands an admitted pipe to the handler of its service; false for the raw pipe. */
  open(pipe: PeerPipe): boolean {
    if (pipe.service === '') return false
    const handler = this.#handlers.get(pipe.service)
    if (handler === undefined)
      void pipe.close().catch(() => {}) // It was withdrawn a moment ago.
    else void this.#run(handler, pipe)
    return true
  }

  /** The callers that wait for a decision, the oldest first. */
  waiting(): readonly WaitingCaller[] {
    return this.#room.callers()
  }

  /** Refuses everyone who waits. */
  close(): void {
    this.#room.close()
    this.#handlers.clear()
  }

  #decide(applicant: Applicant, stream: ByteStream): boolean | Promise<boolean> {
    const { admit = isRaw } = this.#options
    const over = new AbortController()
    try {
      const decision = admit(applicant, over.signal)
      if (typeof decision === 'boolean') return decision
      return this.#room.wait(applicant, { decision, over, stream })
    } catch (error) {
      this.#failed('admission-failed', applicant, error)
      return false
    }
  }

  #isServed(service: string): boolean {
    return service === '' ? this.#options.takesPipes() : this.#handlers.has(service)
  }

  async #run(handler: ServiceHandler, pipe: PeerPipe): Promise<void> {
    try {
      await handler(pipe)
    } catch (error) {
      this.#failed('service-failed', pipe, error)
      await pipe.close().catch(() => {}) // The failure of the handler is the reason.
    }
  }

  #failed(event: string, { peer, service }: Applicant, error: unknown): void {
    this.#options.log?.(event, { peer, service, reason: (error as Error).message })
  }
}

const isRaw: Admit = ({ service }) => service === ''

function bad(message: string): NodeError {
  return new NodeError('NODE_BAD_OPTION', message)
}
