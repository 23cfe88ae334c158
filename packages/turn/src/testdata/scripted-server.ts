import { createHash } from 'node:crypto'
import type { TransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  appendMessageIntegrity,
  appendMessageIntegritySha256,
  decodeMessage,
  encodeErrorCode,
  encodeMessage,
  encodeText,
  encodeXorMappedAddress,
  type Message,
  MessageClass,
} from '@p2pd/stun'
import { hmacSha1, hmacSha256, longTermKey } from '@p2pd/stun/node'
import { Authentication } from '../authentication/authentication.ts'
import type { AllocationTerms } from '../client/allocate-request.ts'
import { AllocationMachine } from '../client/allocation-machine.ts'
import type { AllocationOutput } from '../client/allocation-output.ts'
import { turnCrypto } from '../nodejs/turn-crypto.ts'
import { isChannelData } from '../wire/channel-data.ts'
import { encodeLifetime } from '../wire/turn-attributes.ts'

export const SERVER: TransportAddress = { ip: '192.0.2.1', port: 3478 }
export const RELAYED: TransportAddress = { ip: '192.0.2.1', port: 50_000 }
export const PEER: TransportAddress = { ip: '203.0.113.7', port: 4000 }
export const REALM = 'r.test'
export const CREDENTIALS = { username: 'u', password: 'p' }

/** Different bytes at each call, the same ones in each run. */
export function seededRandom(): (length: number) => Uint8Array {
  let count = 0
  return (length) => createHash('sha512').update(`${count++}`).digest().subarray(0, length)
}

/** A machine stepped by hand, and a server that answers when it is asked to. */
export class ScriptedClient {
  readonly machine: AllocationMachine
  readonly reports: AllocationOutput[] = []
  now = 0
  wakeAt = Number.POSITIVE_INFINITY
  #sent: Uint8Array[] = []
  /** The request that the next answer is for. */
  #last: Message | undefined
  #sha256 = false

  constructor(terms: Partial<AllocationTerms> = {}, reliable = false) {
    this.machine = new AllocationMachine({
      server: SERVER,
      reliable,
      terms: { relay: 'udp', families: 'IPv4', lifetimeSeconds: 600, ...terms },
      authentication: new Authentication(CREDENTIALS, turnCrypto),
      random: seededRandom(),
    })
  }

  perform(outputs: readonly AllocationOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'send') this.#sent.push(output.data)
      else if (output.type === 'wake') this.wakeAt = output.at
      else this.reports.push(output)
    }
  }

  begin(): void {
    this.perform(this.machine.begin(this.now))
  }

  advanceTo(time: number): void {
    this.now = time
    this.perform(this.machine.wake(time))
  }

  /** Packets since the last call. */
  takePackets(): Uint8Array[] {
    const sent = this.#sent
    this.#sent = []
    const request = sent.map((packet) => (isChannelData(packet[0]) ? undefined : decodeMessage(packet)))
    this.#last = request.findLast((message) => message?.class === MessageClass.Request) ?? this.#last
    return sent
  }

  /** Messages since the last call, with the request that the next answer is for. */
  takeMessages(): Message[] {
    return this.takePackets().map((packet) => decodeMessage(packet))
  }

  takeMethods(): number[] {
    return this.takeMessages().map(({ method }) => method)
  }

  challenge(nonce: string, code = 401, extra: readonly Attribute[] = []): void {
    this.#sha256 = extra.some(({ type }) => type === AttributeType.PasswordAlgorithms)
    const text = (type: number, value: string) => ({ type, value: encodeText(type, value) })
    this.fail(code, [text(AttributeType.Realm, REALM), text(AttributeType.Nonce, nonce), ...extra])
  }

  /** An error response without integrity. */
  fail(code: number, attributes: readonly Attribute[] = [], signed = false): void {
    const error = { type: AttributeType.ErrorCode, value: encodeErrorCode({ code, reason: 'no' }) }
    this.answer(MessageClass.ErrorResponse, [error, ...attributes], signed)
  }

  succeed(lifetimeSeconds?: number, attributes: readonly Attribute[] = []): void {
    const lifetime =
      lifetimeSeconds === undefined
        ? []
        : [{ type: AttributeType.Lifetime, value: encodeLifetime(lifetimeSeconds) }]
    this.answer(MessageClass.SuccessResponse, [...lifetime, ...attributes], true)
  }

  grantAllocation(lifetimeSeconds = 600, relayed: readonly TransportAddress[] = [RELAYED]): void {
    const id = this.#last?.transactionId ?? new Uint8Array(12)
    const addresses = relayed.map((address) => ({
      type: AttributeType.XorRelayedAddress,
      value: encodeXorMappedAddress(address, id),
    }))
    this.succeed(lifetimeSeconds, addresses)
  }

  /** Allocates, as every test of a later step begins. */
  allocate(lifetimeSeconds = 600): void {
    this.begin()
    this.takePackets()
    this.challenge('nonce')
    this.takePackets()
    this.grantAllocation(lifetimeSeconds)
    this.reports.length = 0
  }

  answer(messageClass: MessageClass, attributes: readonly Attribute[], signed: boolean): void {
    this.perform(this.machine.receive(this.encode(messageClass, attributes, signed), this.now))
  }

  encode(messageClass: MessageClass, attributes: readonly Attribute[], signed: boolean): Uint8Array {
    if (this.#last === undefined) throw new Error('there is no request to answer')
    const bytes = encodeMessage({ ...this.#last, class: messageClass, attributes })
    if (!signed) return bytes
    const key = longTermKey({ ...CREDENTIALS, realm: REALM }, this.#sha256 ? 'SHA-256' : 'MD5')
    return this.#sha256
      ? appendMessageIntegritySha256(bytes, key, hmacSha256)
      : appendMessageIntegrity(bytes, key, hmacSha1)
  }
}
