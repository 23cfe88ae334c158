import type { TransportAddress } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'

/** A relay on loopback between two sockets; each sees the other at an address of the relay. */
export interface LossyRelay {
  /** The addresses that the first and the second socket send to. */
  readonly addresses: readonly [TransportAddress, TransportAddress]
  close(): void
}

/** The fate of packets on their way. */
export interface Passage {
  /** Whether the packet is dropped. @default none is */
  readonly loses?: (bytes: number) => boolean
  /** Milliseconds until it is sent on. @default 0: at once */
  readonly delayMs?: () => number
}

/** Relays between two addresses, and drops or delays packets on the way. */
export async function relayBetween(
  ends: readonly [TransportAddress, TransportAddress],
  { loses = () => false, delayMs = () => 0 }: Passage,
): Promise<LossyRelay> {
  const bind = () => systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
  const sockets = await Promise.all([bind(), bind()])
  const [first, second] = sockets
  const timers = new Set<NodeJS.Timeout>()
  const pass = (to: 0 | 1) => (received: Uint8Array) => {
    if (loses(received.length)) return
    const data = Buffer.from(received)
    const send = () => sockets[to].send(data, ends[to])
    const wait = delayMs()
    if (wait === 0) return send()
    const timer = setTimeout(() => {
      timers.delete(timer)
      send()
    }, wait)
    timers.add(timer)
  }
  first.onMessage(pass(1))
  second.onMessage(pass(0))
  return {
    addresses: [first.local, second.local],
    close: () => {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of sockets) socket.close()
    },
  }
}
