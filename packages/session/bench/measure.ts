import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemClock } from '@p2pd/netif/node'
import { Session } from '@p2pd/session/node'
import { securePair } from '../test/tls-pair.ts'

/** Rounds, short ones: what the machine does besides comes and goes. */
const ROUNDS = 21

/** Two ends of something that carries bytes. */
export type Pair = readonly [Duplex, Duplex]

/** TCP over loopback with TLS 1.3 on it. */
export async function tlsPair(): Promise<Pair> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', noDelay: true })
  const [served] = (await once(server, 'connection')) as [Socket]
  server.close()
  return securePair([client, served])
}

/** Two sessions on one path. */
export async function sessionPair(): Promise<readonly [Session, Session]> {
  const [a, b] = await tlsPair()
  const alice = new Session({ role: 'controlling', clock: systemClock })
  const bob = new Session({ role: 'controlled', clock: systemClock })
  alice.attach({ stream: a })
  bob.attach({ stream: b })
  return [alice, bob]
}

/** Bytes a millisecond, one way, in writes of one size. */
export async function rateOf([from, to]: Pair, total: number, chunk: Uint8Array): Promise<number> {
  let received = 0
  const arrived = new Promise<void>((resolve) => {
    to.on('data', ({ length }: Uint8Array) => {
      received += length
      if (received >= total) resolve()
    })
  })
  const start = performance.now()
  for (let sent = 0; sent < total; sent += chunk.length) {
    if (!from.write(chunk)) await once(from, 'drain')
  }
  await arrived
  return total / (performance.now() - start)
}

/** Runs ours and the raw way in turn and prints the median ratio. */
export async function compare(
  name: string,
  bound: number,
  ways: { readonly raw: () => Promise<number>; readonly ours: () => Promise<number> },
): Promise<void> {
  await ways.raw() // Warms up both.
  await ways.ours()
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const isRawFirst = round % 2 === 0
    const first = await (isRawFirst ? ways.raw() : ways.ours())
    const second = await (isRawFirst ? ways.ours() : ways.raw())
    ratios.push(isRawFirst ? second / first : first / second)
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const quantile = (part: number) => sorted[Math.floor((ROUNDS - 1) * part)] ?? Number.NaN
  report(
    name,
    quantile(0.5),
    bound,
    `quartiles ${quantile(0.25).toFixed(2)} and ${quantile(0.75).toFixed(2)}`,
  )
}

/** Prints one line, and makes the process fail when the bound is not kept. */
export function report(name: string, ratio: number, bound: number, note: string): void {
  const isOk = ratio >= bound
  console.log(`${name}: ratio ${ratio.toFixed(2)}, bound ${bound}, ${isOk ? 'ok' : 'NOT OK'} (${note})`)
  if (!isOk) process.exitCode = 1
}
