import type { Clock, RandomBytes, TransportAddress } from '@p2pd/netif'
import { formatTransportAddress } from '@p2pd/netif'
import { SourceCounts } from '../source-counts.ts'
import { decodeClientHello, isSupported } from './client-hello.ts'
import { DtlsAssociation, type DtlsOutput, type Opening, refuseHello } from './dtls-association.ts'
import type { DtlsCrypto } from './dtls-crypto.ts'
import { ContentType, decodeRecords, encodeRecord } from './dtls-record.ts'
import { decodeHandshakes, encodeHandshake, HandshakeType } from './handshake-message.ts'
import { HelloCookies } from './hello-cookies.ts'
import { helloVerifyRequest } from './server-flight.ts'

/** As TCP has them: many clients may share the address of a large NAT. */
const MAX_ASSOCIATIONS = 800
const MAX_PER_SOURCE = 400

/** Longer hellos are ignored; post-quantum key shares, which are longer, came with DTLS 1.3. */
const MAX_HELLO_BYTES = 2048

/** The way that a datagram came, and back. */
export interface DtlsRoute {
  readonly source: TransportAddress
  /** The server's address that the client sends to. */
  readonly local: TransportAddress
  send(datagram: Uint8Array): void
}

/** An association as its user sees it: `send` drops what does not fit the state, as a network may. */
export interface DtlsPeer extends DtlsRoute {
  /** The number of the association on this server. */
  readonly number: number
}

/** The user of one association. */
export interface DtlsUser {
  receive(data: Uint8Array): void
  ended(): void
}

/** The parts that all associations of a server share. */
export interface DtlsContext {
  readonly crypto: DtlsCrypto
  readonly clock: Clock
  readonly random: RandomBytes
  /** Whether a source may shake hands once more. */
  allow(ip: string): boolean
  /** Called with each new association. */
  opened(peer: DtlsPeer): DtlsUser
}

interface Entry {
  readonly association: DtlsAssociation
  readonly route: DtlsRoute
  readonly user: DtlsUser
  cancel: () => void
}

/** Serves DTLS 1.2 on UDP sockets: associations by the addresses of both ends. RFC 6347. */
export class DtlsServer {
  readonly #context: DtlsContext
  readonly #cookies: HelloCookies
  readonly #entries = new Map<string, Entry>()
  readonly #perSource = new SourceCounts()
  #count = 0

  constructor(context: DtlsContext) {
    this.#context = context
    this.#cookies = new HelloCookies(context.crypto, context.random(32))
  }

  get size(): number {
    return this.#entries.size
  }

  receive(datagram: Uint8Array, route: DtlsRoute): void {
    const now = this.#context.clock.now()
    const key = keyOf(route)
    const opening = datagram.length <= MAX_HELLO_BYTES ? openingOf(datagram) : undefined
    if (opening) return this.#receiveHello(key, opening, route, now)
    const entry = this.#entries.get(key)
    if (entry) this.#carryOut(key, entry, entry.association.receive(datagram, now))
  }

  close(): void {
    for (const [key, entry] of this.#entries) this.#carryOut(key, entry, entry.association.close())
  }

  /** A client that has lost its association opens another one; the cookie shows that it is at this address. RFC 6347 §4.2.8. */
  #receiveHello(key: string, opening: Opening, route: DtlsRoute, now: number): void {
    const { hello, message, recordSequence: sequence } = opening
    const { crypto, random } = this.#context
    const before = this.#entries.get(key)
    if (!this.#context.allow(route.source.ip)) return
    if (before?.association.isOpenedBy(message)) {
      return this.#carryOut(key, before, before.association.repeat())
    }
    if (!this.#cookies.isGood(route.source, hello, now)) {
      const verify = encodeHandshake(helloVerifyRequest(this.#cookies.make(route.source, hello, now)))
      return route.send(encodeRecord({ type: ContentType.Handshake, epoch: 0, sequence, fragment: verify }))
    }
    if (!isSupported(hello, crypto.credentials.suite, crypto.credentials.signatureScheme)) {
      return route.send(refuseHello(sequence))
    }
    if (before) this.#carryOut(key, before, before.association.close())
    if (!this.#hasRoom(route)) return
    this.#begin(key, new DtlsAssociation(crypto, opening, random(32)), route, now)
  }

  #begin(key: string, association: DtlsAssociation, route: DtlsRoute, now: number): void {
    const send = (data: Uint8Array) => {
      const datagram = association.seal(data)
      if (datagram) route.send(datagram)
    }
    const user = this.#context.opened({ ...route, number: ++this.#count, send })
    const entry: Entry = { association, route, user, cancel: () => {} }
    this.#entries.set(key, entry)
    this.#perSource.add(route.source.ip)
    this.#carryOut(key, entry, association.start(now))
  }

  #carryOut(key: string, entry: Entry, outputs: readonly DtlsOutput[]): void {
    const { clock } = this.#context
    for (const output of outputs) {
      switch (output.type) {
        case 'send':
          entry.route.send(output.datagram)
          break
        case 'data':
          entry.user.receive(output.data)
          break
        case 'wake':
          entry.cancel()
          entry.cancel = clock.at(output.at, () =>
            this.#carryOut(key, entry, entry.association.wake(clock.now())),
          )
          break
        case 'end':
          this.#remove(key, entry)
      }
    }
  }

  #remove(key: string, entry: Entry): void {
    entry.cancel()
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#perSource.remove(entry.route.source.ip)
    entry.user.ended()
  }

  #hasRoom({ source }: DtlsRoute): boolean {
    return this.#entries.size < MAX_ASSOCIATIONS && this.#perSource.of(source.ip) < MAX_PER_SOURCE
  }
}

function keyOf({ source, local }: DtlsRoute): string {
  return `${formatTransportAddress(source)} ${formatTransportAddress(local)}`
}

/** The ClientHello that a datagram begins with. */
function openingOf(datagram: Uint8Array): Opening | undefined {
  const [record] = decodeRecords(datagram)
  if (record?.type !== ContentType.Handshake || record.epoch !== 0) return undefined
  const [message] = decodeHandshakes(record.fragment)
  if (message?.type !== HandshakeType.ClientHello) return undefined
  const hello = decodeClientHello(message.body)
  return hello && { hello, message, recordSequence: record.sequence }
}
