import type { RandomBytes, TransportAddress } from '@p2pd/netif'
import {
  AttributeType,
  decodeMessage,
  ErrorCode,
  type Message,
  MessageClass,
  Method,
  StunError,
} from '@p2pd/stun'
import type { Authentication } from '../authentication/authentication.ts'
import { TurnError } from '../turn-error.ts'
import { decodeChannelData, isChannelData } from '../wire/channel-data.ts'
import { encodeLifetime } from '../wire/turn-attributes.ts'
import { type AllocationTerms, allocateAttributes, decodeAllocated, lifetimeOf } from './allocate-request.ts'
import type { AllocationOutput } from './allocation-output.ts'
import { decodeConnectionId, decodeDataIndication, decodePeerAddress, peerAddress } from './indications.ts'
import { Peers } from './peers.ts'
import { refreshDelayMs } from './refresh-delay.ts'
import { Requests } from './requests.ts'

/** The settings of an allocation. */
export interface AllocationSettings {
  readonly server: TransportAddress
  /** Whether the transport to the server is a stream. */
  readonly reliable: boolean
  readonly terms: AllocationTerms
  readonly authentication: Authentication
  readonly random: RandomBytes
}

const TRANSACTION_ID_BYTES = 12

/**
 * One allocation on one transport to a server, from Allocate to Refresh 0. It ends with an error when it is refused or lost;
 * a new one needs a new machine, on a new local port. RFC 8656 §5 to §13, RFC 6062 §4.
 */
export class AllocationMachine {
  readonly #settings: AllocationSettings
  readonly #requests: Requests
  readonly #peers: Peers
  #outputs: AllocationOutput[] = []
  #state: 'allocating' | 'allocated' | 'closing' | 'ended' = 'allocating'
  #refreshAt = Number.POSITIVE_INFINITY
  #isRefreshing = false

  constructor(settings: AllocationSettings) {
    this.#settings = settings
    const { server, reliable, authentication, random } = settings
    const emit = (output: AllocationOutput) => void this.#outputs.push(output)
    const send = (data: Uint8Array) => emit({ type: 'send', data })
    const transactionId = () => random(TRANSACTION_ID_BYTES)
    this.#requests = new Requests({ server, reliable, authentication, random, send })
    const doubt = (now: number) => this.#refresh(now)
    this.#peers = new Peers({ requests: this.#requests, padded: reliable, transactionId, emit, doubt })
  }

  /** When the server last accepted a signed request, and so its nonce. */
  get provenAt(): number {
    return this.#requests.provenAt
  }

  /** Asks for the allocation. RFC 8656 §7.1. */
  begin(now: number): AllocationOutput[] {
    const failed = (error: TurnError, response: Message | undefined) => {
      if (error.errorCode === ErrorCode.TryAlternate && response) this.#emit({ type: 'redirected', response })
      this.#end(error)
    }
    const request = {
      method: Method.Allocate,
      name: 'Allocate',
      attributes: () => allocateAttributes(this.#settings.terms),
      succeeded: (response: Message, at: number) => this.#allocated(response, at),
      failed,
    }
    this.#requests.start(request, now)
    return this.#take()
  }

  wake(now: number): AllocationOutput[] {
    this.#requests.wake(now)
    if (this.#refreshAt <= now) this.#refresh(now)
    if (this.#state === 'allocated') this.#peers.renew(now)
    return this.#take()
  }

  /** Takes a packet of the server: a STUN message or ChannelData. Any other bytes are ignored. RFC 8656 §12. */
  receive(packet: Uint8Array, now: number): AllocationOutput[] {
    if (this.#state === 'ended') return []
    try {
      if (isChannelData(packet[0])) return this.#receiveChannelData(packet, now)
      const message = decodeMessage(packet)
      if (message.class === MessageClass.Indication) this.#receiveIndication(message)
      else this.#requests.receive(message, packet, now)
    } catch (error) {
      // Bytes of another protocol, or of a broken server: the same as a lost packet.
      if (!(error instanceof StunError || error instanceof TurnError)) throw error
    }
    return this.#take()
  }

  /**
   * Sends a datagram to a peer: through its channel, or in a Send indication while the channel is being bound. A peer that
   * the server has refused gets nothing. RFC 8656 §11, §12.
   */
  send(data: Uint8Array, peer: TransportAddress, now: number): AllocationOutput[] {
    if (this.#state !== 'allocated') return []
    const frame = this.#peers.frame(data, peer, now)
    const sent: AllocationOutput[] = frame === undefined ? [] : [{ type: 'send', data: frame }]
    // Nothing else to do for a channel that is bound: the timer stays as it is.
    return this.#outputs.length === 0 ? sent : [...this.#take(), ...sent]
  }

  /** Lets a host send and dial to the relayed address, until `forbid`. RFC 8656 §10, RFC 6062 §4.1. */
  permit(ip: string, now: number): AllocationOutput[] {
    if (this.#state === 'allocated') this.#peers.permit(ip, now)
    return this.#take()
  }

  /** Renews the permission of a host no more; it expires within five minutes. RFC 8656 §9. */
  forbid(ip: string): void {
    this.#peers.forbid(ip)
  }

  /** Asks the server to connect to a peer. RFC 6062 §4.3. */
  connect(peer: TransportAddress, now: number): AllocationOutput[] {
    const request = {
      method: Method.Connect,
      name: 'Connect',
      attributes: (id: Uint8Array) => [peerAddress(peer, id)],
      succeeded: (response: Message) => this.#connected(response, peer),
      failed: (error: TurnError) => this.#emit({ type: 'connect-failed', peer, error }),
    }
    this.#requests.start(request, now)
    return this.#take()
  }

  /** Asks whether the allocation is still there: `refreshed` or `ended` comes. RFC 8656 §8. */
  check(now: number): AllocationOutput[] {
    this.#refresh(now)
    return this.#take()
  }

  /** Gives the allocation back: Refresh with a lifetime of 0. RFC 8656 §8. */
  close(now: number): AllocationOutput[] {
    if (this.#state === 'closing' || this.#state === 'ended') return []
    this.#requests.clear()
    if (this.#state === 'allocating') return this.#closeEarly(now)
    this.#state = 'closing'
    this.#refreshAt = Number.POSITIVE_INFINITY
    const end = () => this.#end()
    // 437 reports that it is gone, and a server that does not answer forgets it by itself.
    this.#requests.start({ ...this.#refreshOf(0), succeeded: end, failed: end }, now)
    return this.#take()
  }

  /** The server may have made the allocation by now, so one Refresh goes out, and its response is not waited for. */
  #closeEarly(now: number): AllocationOutput[] {
    const ignore = () => {}
    if (this.#settings.authentication.isChallenged) {
      this.#requests.start({ ...this.#refreshOf(0), succeeded: ignore, failed: ignore }, now)
    }
    this.#end()
    return this.#take()
  }

  #refreshOf(seconds: number) {
    const lifetime = { type: AttributeType.Lifetime, value: encodeLifetime(seconds) }
    return { method: Method.Refresh, name: 'Refresh', isLast: seconds === 0, attributes: () => [lifetime] }
  }

  #refresh(now: number): void {
    if (this.#state !== 'allocated' || this.#isRefreshing) return
    this.#isRefreshing = true
    this.#refreshAt = Number.POSITIVE_INFINITY
    const succeeded = (response: Message, at: number) => {
      this.#isRefreshing = false
      this.#refreshAt = at + refreshDelayMs(lifetimeOf(response), this.#settings.reliable)
      this.#emit({ type: 'refreshed' })
    }
    const failed = (error: TurnError) =>
      this.#end(new TurnError('TURN_LOST', `the allocation is lost: ${error.message}`, { cause: error }))
    const { lifetimeSeconds } = this.#settings.terms
    this.#requests.start({ ...this.#refreshOf(lifetimeSeconds), succeeded, failed }, now)
  }

  #allocated(response: Message, now: number): void {
    try {
      const allocated = decodeAllocated(response, this.#settings.terms.families)
      this.#state = 'allocated'
      this.#refreshAt = now + refreshDelayMs(allocated.lifetimeSeconds, this.#settings.reliable)
      this.#emit({ type: 'allocated', allocated })
    } catch (cause) {
      if (!(cause instanceof TurnError || cause instanceof StunError)) throw cause
      const error =
        cause instanceof TurnError ? cause : new TurnError('TURN_MALFORMED', cause.message, { cause })
      this.#giveBack(error, now)
    }
  }

  /** The server has made an allocation of no use. */
  #giveBack(error: TurnError, now: number): void {
    this.#state = 'closing'
    const end = () => this.#end(error)
    this.#requests.start({ ...this.#refreshOf(0), succeeded: end, failed: end }, now)
  }

  #connected(response: Message, peer: TransportAddress): void {
    try {
      this.#emit({ type: 'connected', id: decodeConnectionId(response), peer })
    } catch (error) {
      if (!(error instanceof TurnError)) throw error
      this.#emit({ type: 'connect-failed', peer, error })
    }
  }

  #receiveChannelData(packet: Uint8Array, now: number): AllocationOutput[] {
    const { channel, data } = decodeChannelData(packet)
    const from = this.#peers.peerOf(channel, now)
    return from === undefined || this.#state !== 'allocated' ? [] : [{ type: 'data', data, from }]
  }

  #receiveIndication(message: Message): void {
    if (this.#state !== 'allocated') return
    if (message.method === Method.Data) {
      const datagram = decodeDataIndication(message)
      if (datagram) this.#emit({ type: 'data', data: datagram.data, from: datagram.peer })
    }
    if (message.method === Method.ConnectionAttempt) {
      const id = decodeConnectionId(message)
      this.#emit({ type: 'connection-attempt', id, peer: decodePeerAddress(message) })
    }
  }

  #emit(output: AllocationOutput): void {
    this.#outputs.push(output)
  }

  /** The outputs so far, with the time of the next wake. */
  #take(): AllocationOutput[] {
    const outputs = this.#outputs
    this.#outputs = []
    if (this.#state === 'ended') return outputs
    const renewalAt = this.#state === 'allocated' ? this.#peers.nextRenewalAt : Number.POSITIVE_INFINITY
    const at = Math.min(this.#requests.nextWakeAt, renewalAt, this.#refreshAt)
    if (at !== Number.POSITIVE_INFINITY) outputs.push({ type: 'wake', at })
    return outputs
  }

  #end(error?: TurnError): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#requests.clear()
    this.#emit({ type: 'ended', ...(error && { error }) })
  }
}
