import { type Clock, sleep, type TcpConnection, type TransportAddress } from '@p2pd/netif'
import type { TestHost } from './test-internet.ts'

/** One side of a simultaneous open: its host and port, and the other side's external endpoint. */
export interface Opener {
  readonly host: TestHost
  readonly port: number
  readonly remote: TransportAddress
  /**
   * Pause after a refused dial. The two sides need different pauses: with equal ones each SYN could arrive while the
   * other side pauses, for ever.
   */
  readonly redialMs: number
  /** Called for each dial that failed. */
  readonly onRefused?: () => void
}

/** Dials until the connection opens or the time is up; counts the dials. */
export async function dialUntilOpen(
  clock: Clock,
  { host, port, remote, redialMs, onRefused = () => {} }: Opener,
  boundMs: number,
): Promise<{ connection: TcpConnection; dials: number }> {
  const controller = new AbortController()
  const end = clock.now() + boundMs
  const cancel = clock.at(end, () => controller.abort())
  for (let dials = 1; ; dials++) {
    try {
      const local = { ip: host.ip, port }
      const connection = await host.network.dial({ local, remote, signal: controller.signal })
      cancel()
      return { connection, dials }
    } catch (error) {
      if (clock.now() >= end) throw error
      onRefused()
      await sleep(clock, redialMs)
    }
  }
}

/** Sends a text each way and returns the received texts; the contract suite tests closing. */
export async function talk(a: TcpConnection, b: TcpConnection): Promise<string[]> {
  const heard = [a, b].map(
    ({ stream }) =>
      new Promise<string>((resolve, reject) => {
        stream.once('data', (data: Uint8Array) => resolve(new TextDecoder().decode(data)))
        stream.once('error', reject)
      }),
  )
  a.stream.write('from a')
  b.stream.write('from b')
  const texts = await Promise.all(heard)
  a.stream.destroy()
  b.stream.destroy()
  return texts
}
