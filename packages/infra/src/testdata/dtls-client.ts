import { createECDH, createHash, createHmac, verify, X509Certificate } from 'node:crypto'
import { equalBytes, joinBytes } from '@p2pd/netif'
import { ByteReader, encodeNumber } from '../dtls/byte-reader.ts'
import { ContentType, decodeRecords, type DtlsRecord, encodeRecord } from '../dtls/dtls-record.ts'
import { encodeHandshake, HandshakeType } from '../dtls/handshake-message.ts'
import { connectionKeys, extendedMasterSecret, verifyData } from '../dtls/key-schedule.ts'
import { RecordOpener, RecordSealer } from '../dtls/record-protection.ts'
import { aes128Gcm } from '../nodejs/dtls-crypto.ts'

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest()
const hmacSha256 = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest()
const vector = (bytes: number, content: Uint8Array) =>
  joinBytes(encodeNumber(content.length, bytes), content)
const extension = (type: number, ...content: number[]) =>
  joinBytes(encodeNumber(type, 2), vector(2, Uint8Array.from(content)))

/** Groups, signature schemes and the extended master secret: what this server asks for. */
export const EXTENSIONS = [
  extension(10, 0, 2, 0, 23),
  extension(13, 0, 4, 4, 3, 4, 1),
  extension(23),
  extension(0xff01, 0),
]

/** The client's end of a DTLS 1.2 association, for tests. It retransmits when `repeat` is called. */
export class DtlsClient {
  readonly random: Uint8Array
  readonly received: string[] = []
  /** The datagrams sent last. */
  flight: Uint8Array[] = []
  isEstablished = false
  isEnded = false
  finishedForged = false
  readonly #extensions: readonly Uint8Array[]
  #cookie: Uint8Array = new Uint8Array()
  #helloSequence = 0
  #records = 0
  #transcript: Uint8Array = new Uint8Array()
  readonly #parts = new Map<number, Map<number, Uint8Array>>()
  #secret: Uint8Array = new Uint8Array()
  #sealer: RecordSealer | undefined
  #opener: RecordOpener | undefined

  constructor(random: Uint8Array, extensions: readonly Uint8Array[] = EXTENSIONS) {
    this.random = random
    this.#extensions = extensions
  }

  hello(): Uint8Array {
    const suites = Uint8Array.of(0xc0, 0x2b, 0xc0, 0x2f)
    const body = joinBytes(
      encodeNumber(0xfefd, 2),
      this.random,
      vector(1, new Uint8Array()),
      vector(1, this.#cookie),
      vector(2, suites),
      Uint8Array.of(1, 0),
      vector(2, joinBytes(...this.#extensions)),
    )
    const message = encodeHandshake({ type: HandshakeType.ClientHello, sequence: this.#helloSequence, body })
    this.#transcript = message
    return this.#plain(ContentType.Handshake, message)
  }

  seal(text: string): Uint8Array {
    return this.#sealer?.seal(ContentType.ApplicationData, new TextEncoder().encode(text)) ?? new Uint8Array()
  }

  closeNotify(): Uint8Array {
    return this.#sealer?.seal(ContentType.Alert, Uint8Array.of(1, 0)) ?? new Uint8Array()
  }

  /** The datagrams that answer one of the server's. */
  receive(datagram: Uint8Array): Uint8Array[] {
    const before = this.flight
    for (const record of decodeRecords(datagram)) this.#receiveRecord(record)
    return before === this.flight ? [] : this.flight
  }

  #receiveRecord(record: DtlsRecord): void {
    if (record.type === ContentType.Alert && record.epoch === 0) this.isEnded = true
    if (record.type === ContentType.Handshake && record.epoch === 0) this.#receiveHandshake(record.fragment)
    if (record.epoch !== 1) return
    const content = this.#opener?.open(record)
    if (content === undefined) return
    if (record.type === ContentType.ApplicationData) this.received.push(new TextDecoder().decode(content))
    if (record.type === ContentType.Alert) this.isEnded = true
    if (record.type === ContentType.Handshake) {
      this.isEstablished = equalBytes(content.subarray(12), this.#verifyData('server'))
    }
  }

  /** Fragments come in any order; each message is put together from those that begin where another one ends. */
  #receiveHandshake(fragment: Uint8Array): void {
    const reader = new ByteReader(fragment)
    const [type, length, sequence, offset] = [1, 3, 2, 3].map((bytes) => reader.number(bytes)) as [
      number,
      number,
      number,
      number,
    ]
    const part = reader.vector(3)
    if (type === HandshakeType.HelloVerifyRequest) {
      const verify = new ByteReader(part)
      verify.take(2)
      this.#cookie = verify.vector(1)
      this.#helloSequence = 1
      this.flight = [this.hello()]
      return
    }
    const parts = this.#parts.get(sequence) ?? new Map<number, Uint8Array>()
    this.#parts.set(sequence, parts.set(offset, part))
    if (length === 0) parts.set(0, new Uint8Array())
    if (this.#sealer === undefined && this.#isWhole()) this.#answer()
  }

  #body(sequence: number): Uint8Array {
    const parts = [...(this.#parts.get(sequence) ?? new Map<number, Uint8Array>())]
    return joinBytes(...parts.sort(([a], [b]) => a - b).map(([, part]) => part))
  }

  /** ServerHello, Certificate, ServerKeyExchange, ServerHelloDone. */
  #isWhole(): boolean {
    if (![1, 2, 3, 4].every((sequence) => this.#parts.has(sequence))) return false
    return new ByteReader(this.#body(2)).number(3) === this.#body(2).length - 3
  }

  #answer(): void {
    const types = [
      HandshakeType.ServerHello,
      HandshakeType.Certificate,
      HandshakeType.ServerKeyExchange,
      HandshakeType.ServerHelloDone,
    ]
    for (const [i, type] of types.entries())
      this.#append(encodeHandshake({ type, sequence: i + 1, body: this.#body(i + 1) }))
    const serverRandom = this.#body(1).subarray(2, 34)
    const point = this.#checkedPoint(serverRandom)
    if (point === undefined) {
      this.isEnded = true
      return
    }
    const ecdh = createECDH('prime256v1')
    const body = vector(1, ecdh.generateKeys())
    const key = encodeHandshake({ type: HandshakeType.ClientKeyExchange, sequence: 2, body })
    this.#append(key)
    this.#secret = extendedMasterSecret(
      { hmacSha256 },
      ecdh.computeSecret(point),
      sha256(this.#transcript),
    )
    const { client, server } = connectionKeys({ hmacSha256 }, this.#secret, serverRandom, this.random)
    this.#sealer = new RecordSealer(aes128Gcm, client)
    this.#opener = new RecordOpener(aes128Gcm, server)
    const first = joinBytes(
      this.#plain(ContentType.Handshake, key),
      this.#plain(ContentType.ChangeCipherSpec, Uint8Array.of(1)),
    )
    this.flight = [first, this.#finished()]
  }

  /** The server's point on the curve, when the key of its certificate has signed it. */
  #checkedPoint(serverRandom: Uint8Array): Uint8Array | undefined {
    const exchange = new ByteReader(this.#body(3))
    exchange.take(3)
    const point = exchange.vector(1)
    exchange.take(2)
    const signature = exchange.vector(2)
    const chain = new ByteReader(this.#body(2))
    chain.take(3)
    const { publicKey } = new X509Certificate(chain.vector(3))
    const signed = joinBytes(this.random, serverRandom, this.#body(3).subarray(0, 4 + point.length))
    return verify('sha256', signed, publicKey, signature) ? point : undefined
  }

  /** Again what was sent last; Finished in a new record. */
  repeat(): Uint8Array[] {
    const [first] = this.flight
    if (first && this.#sealer && !this.isEstablished) this.flight = [first, this.#finished()]
    return this.flight
  }

  #finished(): Uint8Array {
    const body = this.finishedForged ? new Uint8Array(12) : this.#verifyData('client')
    const message = encodeHandshake({ type: HandshakeType.Finished, sequence: 3, body })
    return this.#sealer?.seal(ContentType.Handshake, message) ?? new Uint8Array()
  }

  #verifyData(end: 'client' | 'server'): Uint8Array {
    const finished = {
      type: HandshakeType.Finished,
      sequence: 3,
      body: verifyData({ hmacSha256 }, this.#secret, 'client', sha256(this.#transcript)),
    }
    if (end === 'client') return finished.body
    const whole = joinBytes(this.#transcript, encodeHandshake(finished))
    return verifyData({ hmacSha256 }, this.#secret, 'server', sha256(whole))
  }

  #append(message: Uint8Array): void {
    this.#transcript = joinBytes(this.#transcript, message)
  }

  #plain(type: number, fragment: Uint8Array): Uint8Array {
    return encodeRecord({ type, epoch: 0, sequence: this.#records++, fragment })
  }
}
