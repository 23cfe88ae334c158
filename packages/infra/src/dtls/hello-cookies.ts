import { equalBytes, formatTransportAddress, joinBytes, type TransportAddress } from '@p2pd/netif'
import { encodeNumber } from './byte-reader.ts'
import type { ClientHello } from './client-hello.ts'
import type { DtlsCrypto } from './dtls-crypto.ts'

/** A cookie is good for this period and the next one. RFC 6347 §4.2.1. */
const PERIOD_MS = 60_000

/** Cookies that show that a client receives at its address, without a memory of clients. RFC 6347 §4.2.1. */
export class HelloCookies {
  readonly #crypto: Pick<DtlsCrypto, 'hmacSha256'>
  readonly #secret: Uint8Array

  constructor(crypto: Pick<DtlsCrypto, 'hmacSha256'>, secret: Uint8Array) {
    this.#crypto = crypto
    this.#secret = secret
  }

  make(source: TransportAddress, hello: ClientHello, now: number): Uint8Array {
    return this.#cookie(source, hello, Math.floor(now / PERIOD_MS))
  }

  isGood(source: TransportAddress, hello: ClientHello, now: number): boolean {
    const period = Math.floor(now / PERIOD_MS)
    return [period, period - 1].some((of) => equalBytes(hello.cookie, this.#cookie(source, hello, of)))
  }

  /** A client keeps its random when it says hello again. */
  #cookie(source: TransportAddress, { random }: ClientHello, period: number): Uint8Array {
    const address = new TextEncoder().encode(`${formatTransportAddress(source)} `)
    return this.#crypto.hmacSha256(this.#secret, joinBytes(address, encodeNumber(period, 6), random))
  }
}
