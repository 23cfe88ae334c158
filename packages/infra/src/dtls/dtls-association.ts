import { equalBytes, joinBytes } from '@p2pd/netif'
import { ByteReader } from './byte-reader.ts'
import type { ClientHello } from './client-hello.ts'
import type { DtlsCrypto, KeyExchange } from './dtls-crypto.ts'
import {
  ContentType,
  decodeRecords,
  type DtlsRecord,
  encodeRecord,
  RECORD_HEADER_BYTES,
} from './dtls-record.ts'
import {
  decodeHandshakes,
  encodeHandshake,
  fragmentHandshake,
  type HandshakeMessage,
  HandshakeType,
} from './handshake-message.ts'
import { connectionKeys, extendedMasterSecret, verifyData } from './key-schedule.ts'
import { RecordOpener, RecordSealer } from './record-protection.ts'
import { serverFlight } from './server-flight.ts'

/** The first wait for an answer to a flight, doubled each time. RFC 6347 §4.2.4.1. */
const RETRANSMIT_MS = 1000

/** A handshake fails after so many flights, 31 s after the first one. Also the times that a client gets one by asking. */
const MAX_FLIGHTS = 5

/** A client that says nothing for so long is gone; a TURN allocation is refreshed more often. */
const IDLE_MS = 3_600_000

/** A handshake proves an address and no more. Associations that only take room ask for nothing; so a request is due soon. */
const FIRST_DATA_MS = 10_000

/** Fits any path of IPv6, with its headers. RFC 8200 §5. */
const MAX_DATAGRAM_BYTES = 1200

/** RFC 5246 §7.2. */
const Alert = { Warning: 1, Fatal: 2, CloseNotify: 0, HandshakeFailure: 40, DecryptError: 51 } as const

export type DtlsOutput =
  | { readonly type: 'send'; readonly datagram: Uint8Array }
  | { readonly type: 'data'; readonly data: Uint8Array }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'end' }

/** A ClientHello with the right cookie, and the numbers that it came with. */
export interface Opening {
  readonly hello: ClientHello
  readonly message: HandshakeMessage
  /** Of its record: the server's records go on from it. RFC 6347 §4.2.1. */
  readonly recordSequence: number
}

/** A fatal alert of epoch 0, for a client with which this server shares no parameters. RFC 5246 §7.2. */
export function refuseHello(sequence: number): Uint8Array {
  const fragment = Uint8Array.of(Alert.Fatal, Alert.HandshakeFailure)
  return encodeRecord({ type: ContentType.Alert, epoch: 0, sequence, fragment })
}

/** The server's end of one DTLS 1.2 association, from the ClientHello on. Owns no socket and no timer. RFC 6347 §4.2. */
export class DtlsAssociation {
  readonly #crypto: DtlsCrypto
  readonly #opening: Opening
  readonly #random: Uint8Array
  readonly #exchange: KeyExchange
  /** All messages of the handshake so far, each in one fragment. */
  #transcript: Uint8Array
  #flight: readonly HandshakeMessage[]
  #flights = 0
  #nextRecord: number
  /** When the handshake has ended, or data came last. */
  #heardAt = 0
  #hasData = false
  #masterSecret: Uint8Array = new Uint8Array()
  #opener: RecordOpener | undefined
  #sealer: RecordSealer | undefined
  #stage: 'key-exchange' | 'finished' | 'established' | 'ended' = 'key-exchange'

  constructor(crypto: DtlsCrypto, opening: Opening, random: Uint8Array) {
    this.#crypto = crypto
    this.#opening = opening
    this.#random = random
    this.#exchange = crypto.newKeyExchange()
    this.#nextRecord = opening.recordSequence
    const { hello, message } = opening
    const share = { random, publicKey: this.#exchange.publicKey }
    this.#flight = serverFlight(hello, share, crypto.credentials, message.sequence)
    this.#transcript = joinBytes(...[message, ...this.#flight].map(encodeHandshake))
  }

  /** Whether this is the hello that opened it, sent once more. */
  isOpenedBy(message: HandshakeMessage): boolean {
    return equalBytes(message.body, this.#opening.message.body)
  }

  start(now: number): DtlsOutput[] {
    return [...this.#sendFlight(), { type: 'wake', at: now + RETRANSMIT_MS }]
  }

  /** The client has sent its hello once more: what answered it may be lost. */
  repeat(): DtlsOutput[] {
    return this.#stage === 'key-exchange' && this.#flights < 2 * MAX_FLIGHTS ? this.#sendFlight() : []
  }

  wake(now: number): DtlsOutput[] {
    if (this.#stage === 'ended') return []
    if (this.#stage === 'established') {
      const at = this.#heardAt + (this.#hasData ? IDLE_MS : FIRST_DATA_MS)
      return now < at ? [{ type: 'wake', at }] : this.close()
    }
    if (this.#flights >= MAX_FLIGHTS) return this.#end()
    const at = now + RETRANSMIT_MS * 2 ** this.#flights
    return [...this.#sendFlight(), { type: 'wake', at }]
  }

  receive(datagram: Uint8Array, now: number): DtlsOutput[] {
    return decodeRecords(datagram).flatMap((record) => this.#receiveRecord(record, now))
  }

  /** The record of some data; undefined before the handshake has ended and after the association has. */
  seal(data: Uint8Array): Uint8Array | undefined {
    return this.#stage === 'established' ? this.#sealer?.seal(ContentType.ApplicationData, data) : undefined
  }

  close(): DtlsOutput[] {
    if (this.#stage !== 'established') return this.#end()
    return [...this.#alert(Alert.Warning, Alert.CloseNotify), ...this.#end()]
  }

  #receiveRecord(record: DtlsRecord, now: number): DtlsOutput[] {
    if (this.#stage === 'ended') return []
    if (record.epoch === 0) return record.type === ContentType.Handshake ? this.#takeKey(record) : []
    const content = this.#opener?.open(record)
    if (content === undefined) return []
    if (record.type === ContentType.Handshake) return this.#takeFinished(content, now)
    if (record.type === ContentType.Alert) return this.#takeAlert(content)
    if (this.#stage !== 'established' || record.type !== ContentType.ApplicationData) return []
    this.#heardAt = now
    this.#hasData = true
    return [{ type: 'data', data: content }]
  }

  #takeKey({ fragment }: DtlsRecord): DtlsOutput[] {
    const sequence = this.#opening.message.sequence + 1
    const message = decodeHandshakes(fragment).find(({ type }) => type === HandshakeType.ClientKeyExchange)
    if (this.#stage !== 'key-exchange' || message?.sequence !== sequence) return []
    const shared = this.#exchange.agree(new ByteReader(message.body).vector(1))
    if (shared === undefined) return this.#fail(Alert.HandshakeFailure)
    const crypto = this.#crypto
    this.#append(message)
    this.#masterSecret = extendedMasterSecret(crypto, shared, crypto.sha256(this.#transcript))
    const { random } = this.#opening.hello
    const { client, server } = connectionKeys(crypto, this.#masterSecret, this.#random, random)
    this.#opener = new RecordOpener(crypto.aes128Gcm, client)
    this.#sealer = new RecordSealer(crypto.aes128Gcm, server)
    this.#stage = 'finished'
    return []
  }

  #takeFinished(content: Uint8Array, now: number): DtlsOutput[] {
    const sequence = this.#opening.message.sequence + 2
    const message = decodeHandshakes(content).find(({ type }) => type === HandshakeType.Finished)
    if (message?.sequence !== sequence) return []
    if (this.#stage === 'established') return this.#sendFinished() // The client sent it once more.
    if (!equalBytes(message.body, this.#verifyData('client'))) return this.#fail(Alert.DecryptError)
    this.#append(message)
    const last = this.#opening.message.sequence + this.#flight.length
    this.#flight = [{ type: HandshakeType.Finished, sequence: last, body: this.#verifyData('server') }]
    this.#stage = 'established'
    this.#heardAt = now
    return [...this.#sendFinished(), { type: 'wake', at: now + FIRST_DATA_MS }]
  }

  #takeAlert([level, description]: Uint8Array): DtlsOutput[] {
    if (description === Alert.CloseNotify) return this.close()
    return level === Alert.Fatal ? this.#end() : []
  }

  #verifyData(end: 'client' | 'server'): Uint8Array {
    return verifyData(this.#crypto, this.#masterSecret, end, this.#crypto.sha256(this.#transcript))
  }

  #append(message: HandshakeMessage): void {
    this.#transcript = joinBytes(this.#transcript, encodeHandshake(message))
  }

  /** The messages from ServerHello to ServerHelloDone, as few datagrams as possible. RFC 6347 §4.1.1. */
  #sendFlight(): DtlsOutput[] {
    this.#flights++
    const outputs: DtlsOutput[] = []
    let datagram: Uint8Array = new Uint8Array()
    for (const message of this.#flight) {
      for (const fragment of fragmentHandshake(message, MAX_DATAGRAM_BYTES - RECORD_HEADER_BYTES)) {
        const record = this.#plainRecord(ContentType.Handshake, fragment)
        if (datagram.length + record.length > MAX_DATAGRAM_BYTES) {
          outputs.push({ type: 'send', datagram })
          datagram = record
        } else datagram = joinBytes(datagram, record)
      }
    }
    return [...outputs, { type: 'send', datagram }]
  }

  #sendFinished(): DtlsOutput[] {
    const [finished] = this.#flight
    if (finished === undefined || this.#sealer === undefined) return []
    const change = this.#plainRecord(ContentType.ChangeCipherSpec, Uint8Array.of(1))
    const sealed = this.#sealer.seal(ContentType.Handshake, encodeHandshake(finished))
    return [{ type: 'send', datagram: joinBytes(change, sealed) }]
  }

  #fail(description: number): DtlsOutput[] {
    const fragment = Uint8Array.of(Alert.Fatal, description)
    const datagram = this.#plainRecord(ContentType.Alert, fragment)
    return [{ type: 'send', datagram }, ...this.#end()]
  }

  #alert(level: number, description: number): DtlsOutput[] {
    const datagram = this.#sealer?.seal(ContentType.Alert, Uint8Array.of(level, description))
    return datagram ? [{ type: 'send', datagram }] : []
  }

  #end(): DtlsOutput[] {
    this.#stage = 'ended'
    return [{ type: 'end' }]
  }

  #plainRecord(type: number, fragment: Uint8Array): Uint8Array {
    return encodeRecord({ type, epoch: 0, sequence: this.#nextRecord++, fragment })
  }
}
