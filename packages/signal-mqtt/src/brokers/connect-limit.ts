import type { Clock } from '@p2pd/netif'

/**
 * A broker that does not answer for this long is down. Three round trips around the world take 1 s, and a program that
 * finds none is to start within 5 s.
 */
export const BROKER_TIMEOUT_MS = 4000
/** Name, TCP, two for TLS 1.2, WebSocket, CONNECT and SUBSCRIBE, and a retransmission of the slowest of them. */
const ROUND_TRIPS = 10
/** The limit grows no further: a satellite and a modem in a row have a round trip of 1.2 s. */
export const MAX_BROKER_TIMEOUT_MS = 12_000

/** The broker has not answered in time; what it does later is of no interest. */
export class LateError extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${Number((limitMs / 1000).toFixed(1))} s`)
  }
}

/**
 * Bounds everything from the broker's name to the confirmed subscription. The limit is 4 s, or ten round trips, 12 s
 * at most, once `work` has measured one (in milliseconds). Rejects with `LateError`.
 */
export function withinRoundTrips<Result>(
  clock: Clock,
  work: (measured: (roundTripMs: number) => void) => Promise<Result>,
): Promise<Result> {
  const startedAt = clock.now()
  let limitMs = BROKER_TIMEOUT_MS
  let cancel = () => {}
  return new Promise<Result>((resolve, reject) => {
    const limit = () => {
      cancel()
      cancel = clock.at(startedAt + limitMs, () => reject(new LateError(limitMs)))
    }
    limit()
    const measured = (roundTripMs: number) => {
      limitMs = Math.max(limitMs, Math.min(ROUND_TRIPS * roundTripMs, MAX_BROKER_TIMEOUT_MS))
      limit()
    }
    work(measured).then(resolve, reject)
  }).finally(() => cancel())
}
