import type { RandomBytes, TransportAddress } from '@p2pd/netif'
import { formatTransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  ErrorCode,
  type Message,
  MessageClass,
  type RetransmissionSchedule,
  StunError,
  Transaction,
} from '@p2pd/stun'
import type { Authentication } from '../authentication/authentication.ts'
import { TurnError } from '../turn-error.ts'
import { errorCodeOf, errorOf } from './error-response.ts'

/** Over UDP a request is sent five times in 15.5 s: a lost server is noticed sooner than by RFC 8489 §6.2.1. */
const UDP_SCHEDULE: RetransmissionSchedule = { rtoMs: 500, requestCount: 5, backoff: 2, lastWaitMs: 8_000 }

/** Over TCP a request is sent once; it waits as long. RFC 8489 §6.2.2. */
const STREAM_SCHEDULE: RetransmissionSchedule = {
  rtoMs: 500,
  requestCount: 1,
  backoff: 2,
  lastWaitMs: 15_500,
}

/** The last request of a client is sent three times within a second: closing does not wait long for a server that is gone. */
const LAST_SCHEDULE: RetransmissionSchedule = { rtoMs: 250, requestCount: 3, backoff: 1, lastWaitMs: 500 }

/** A bare request, the signed one, and two more after stale nonces in a row. RFC 8489 §9.2.5. */
const MAX_TRIES = 4

const TRANSACTION_ID_BYTES = 12

/** A request without its transaction id, and what happens after it. */
export interface Request {
  readonly method: number
  /** For messages of errors: "Allocate". */
  readonly name: string
  /** Nobody waits long for the response of this one. @default false */
  readonly isLast?: boolean
  /** XORed addresses depend on the transaction id. RFC 8489 §14.2. */
  attributes(transactionId: Uint8Array): Attribute[]
  succeeded(response: Message, now: number): void
  /** `response` is undefined when none came in time. */
  failed(error: TurnError, response: Message | undefined, now: number): void
}

interface Pending {
  readonly request: Request
  readonly transaction: Transaction<Message>
  readonly wasSigned: boolean
  readonly tries: number
  wakeAt: number
}

/** The parts that all requests of a client share. */
export interface RequestContext {
  readonly server: TransportAddress
  /** Whether the transport resends: TCP and TLS. */
  readonly reliable: boolean
  readonly authentication: Authentication
  readonly random: RandomBytes
  send(data: Uint8Array): void
}

/** The requests of a client that wait for a response: resent, signed, repeated after a challenge. RFC 8489 §6, §9.2. */
export class Requests {
  readonly #context: RequestContext
  readonly #pending = new Map<string, Pending>()
  /** When the server last accepted a signed request. */
  #provenAt = Number.NEGATIVE_INFINITY

  constructor(context: RequestContext) {
    this.#context = context
  }

  get provenAt(): number {
    return this.#provenAt
  }

  get nextWakeAt(): number {
    return Math.min(...[...this.#pending.values()].map(({ wakeAt }) => wakeAt))
  }

  start(request: Request, now: number, tries = 1): void {
    const { authentication, random, reliable, server } = this.#context
    const transactionId = random(TRANSACTION_ID_BYTES)
    const message: Message = {
      class: MessageClass.Request,
      method: request.method,
      transactionId,
      attributes: request.attributes(transactionId),
    }
    const schedule = request.isLast ? LAST_SCHEDULE : reliable ? STREAM_SCHEDULE : UDP_SCHEDULE
    const bytes = authentication.encode(message)
    const transaction = new Transaction<Message>(bytes, server, () => undefined, { schedule })
    const wasSigned = authentication.isChallenged
    const pending: Pending = { request, transaction, wasSigned, tries, wakeAt: now }
    this.#pending.set(keyOf(transactionId), pending)
    this.#perform(keyOf(transactionId), pending, now)
  }

  /** Sends again what is due, and gives up what nobody answered. */
  wake(now: number): void {
    for (const [key, pending] of this.#pending) if (pending.wakeAt <= now) this.#perform(key, pending, now)
  }

  /** Takes a response; one of no known request, or that is not authentic, is ignored. RFC 8489 §6.3.3, §9.2.5. */
  receive(response: Message, bytes: Uint8Array, now: number): void {
    const key = keyOf(response.transactionId)
    const pending = this.#pending.get(key)
    if (pending === undefined || pending.request.method !== response.method) return
    const success = response.class === MessageClass.SuccessResponse
    const error = success ? undefined : errorOrNothing(response)
    if (!success && error === undefined) return
    const mayBeBare = error !== undefined && BARE.includes(error.code)
    const isAuthentic = pending.wasSigned && this.#context.authentication.isAuthentic(bytes)
    if (pending.wasSigned && !isAuthentic && !mayBeBare) return
    this.#pending.delete(key)
    if (error === undefined) {
      if (isAuthentic) this.#provenAt = now
      pending.request.succeeded(response, now)
    } else {
      this.#refused(pending, error, response, now)
    }
  }

  /** Forgets every request. */
  clear(): void {
    this.#pending.clear()
  }

  #refused(pending: Pending, error: { code: number; reason: string }, response: Message, now: number): void {
    const { request, wasSigned, tries } = pending
    const challenge = error.code === ErrorCode.Unauthenticated || error.code === ErrorCode.StaleNonce
    const again = challenge && tries < MAX_TRIES
    if (again && this.#context.authentication.takeChallenge(error.code, response, wasSigned)) {
      this.start(request, now, tries + 1)
    } else {
      request.failed(errorOf(request.name, error), response, now)
    }
  }

  #perform(key: string, pending: Pending, now: number): void {
    for (const output of pending.transaction.wake(now)) {
      if (output.type === 'send') this.#context.send(output.data)
      if (output.type === 'wake') pending.wakeAt = output.at
      if (output.type === 'fail') this.#timedOut(key, pending, now)
    }
  }

  #timedOut(key: string, { request }: Pending, now: number): void {
    this.#pending.delete(key)
    const message = `${request.name}: no response from ${formatTransportAddress(this.#context.server)}`
    request.failed(new TurnError('TURN_TIMEOUT', message), undefined, now)
  }
}

/**
 * Errors that a server sends before it knows the user, so without integrity. A coturn that was restarted sends 437 so:
 * it knows neither the allocation nor the nonce. RFC 8489 §9.2.4.
 */
const BARE: readonly number[] = [
  ErrorCode.BadRequest,
  ErrorCode.Unauthenticated,
  ErrorCode.AllocationMismatch,
  ErrorCode.StaleNonce,
]

function keyOf(transactionId: Uint8Array): string {
  return transactionId.join('.')
}

/** The error of a response; undefined when its value is malformed, as if it had not come. */
function errorOrNothing(response: Message): { code: number; reason: string } | undefined {
  try {
    return errorCodeOf(response)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
