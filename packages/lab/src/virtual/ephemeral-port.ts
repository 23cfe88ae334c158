import { NetifError } from '@p2pd/netif'
import { type Random, randomInteger } from '../random.ts'

/** Linux's default net.ipv4.ip_local_port_range. */
const EPHEMERAL = [32768, 60999] as const

/** A free ephemeral port: a random one, or the next free one after it. RFC 6056 §3.3. */
export function choosePort(random: Random, taken: (port: number) => boolean): number {
  const [low, high] = EPHEMERAL
  const size = high - low + 1
  const start = randomInteger(random, 0, size - 1)
  for (let i = 0; i < size; i++) {
    const port = low + ((start + i) % size)
    if (!taken(port)) return port
  }
  throw new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', 'no port is free')
}
