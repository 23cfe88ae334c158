import { Duplex } from 'node:stream'
import type { ByteStream, Clock } from '@p2pd/netif'

/** Two ends of a byte stream; what is written arrives `latencyMs` later. */
export function streamPair(clock: Clock, latencyMs: number): [ByteStream, ByteStream] {
  const ends: Duplex[] = []
  const make = (other: number) =>
    new Duplex({
      allowHalfOpen: true,
      read() {},
      write(chunk: Uint8Array, _encoding, callback) {
        clock.at(clock.now() + latencyMs, () => ends[other]?.destroyed || ends[other]?.push(chunk))
        callback()
      },
      final(callback) {
        clock.at(clock.now() + latencyMs, () => ends[other]?.destroyed || ends[other]?.push(null))
        callback()
      },
      destroy(error, callback) {
        clock.at(clock.now() + latencyMs, () => ends[other]?.destroy())
        callback(error)
      },
    })
  ends.push(make(1), make(0))
  for (const end of ends) end.on('error', () => {})
  return ends as [Duplex, Duplex]
}
