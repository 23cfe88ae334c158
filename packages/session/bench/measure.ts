import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemClock } from '@p2pd/netif/node'
import { Session } from '@p2pd/session/node'
import { securePair } from '@p2pd/netif/testing/secure-pair'

/** Rounds, short ones: what the machine does besides comes and goes. */
const ROUNDS = 21
/** Rounds before those: the compiler is at work in them. */
const WARM_UPS = 6

/**
 * With these objects the heap has 18 MB, as that of a program with `@p2pd/node` in it. V8 collects a heap of 8 MB, which this
 * process would have, every few megabytes that arrive, since it counts their buffers.
 */
export const heap = Array.from({ length: 100_000 }, (_, number) => ({ number, inner: { number } }))

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
export async function sessionPair(pair?: Pair): Promise<readonly [Session, Session]> {
  const [a, b] = pair ?? (await tlsPair())
  const alice = new Session({ role: 'controlling', clock: systemClock })
  const bob = new Session({ role: 'controlled', clock: systemClock })
  alice.attach({ stream: a })
  bob.attach({ stream: b })
  return [alice, bob]
}

/** Carries bytes one way, in writes of one size. */
export async function carry([from, to]: Pair, total: number, chunk: Uint8Array): Promise<void> {
  let received = 0
  let finish = () => {}
  const arrived = new Promise<void>((resolve) => (finish = resolve))
  const count = ({ length }: Uint8Array) => {
    received += length
    if (received >= total) finish()
  }
  to.on('data', count)
  for (let sent = 0; sent < total; sent += chunk.length) {
    if (!from.write(chunk)) await once(from, 'drain')
  }
  await arrived
  to.off('data', count)
}

/** Milliseconds that a run takes, by the clock and of the processor. */
interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
}

async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const start = performance.now()
  await run()
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { wallMs, cpuMs: (user + system) / 1000 }
}

/**
 * Runs ours and the raw way in turn and prints the median ratio of their rates. It counts processor time, of which both ends
 * are: other programs take turns at the clock, but not at that.
 */
export async function compare(
  name: string,
  bound: number,
  ways: { readonly raw: () => Promise<unknown>; readonly ours: () => Promise<unknown> },
): Promise<void> {
  const cpu: number[] = []
  const wall: number[] = []
  const spent: number[] = []
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    const isRawFirst = round % 2 === 0
    const first = await costOf(isRawFirst ? ways.raw : ways.ours)
    const second = await costOf(isRawFirst ? ways.ours : ways.raw)
    const [raw, ours] = isRawFirst ? [first, second] : [second, first]
    if (round < 0) continue
    cpu.push(raw.cpuMs / ours.cpuMs)
    wall.push(raw.wallMs / ours.wallMs)
    spent.push(ours.cpuMs)
  }
  const [low, ratio, high] = [0.25, 0.5, 0.75].map((part) => quantile(cpu, part).toFixed(2))
  const costs = `${quantile(spent, 0.5).toFixed(0)} ms of processor a round`
  const note = `quartiles ${low} and ${high}; by the clock ${quantile(wall, 0.5).toFixed(2)}; ${costs}`
  report(name, Number(ratio), { least: bound }, note)
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN
}

/** Prints one line, and makes the process fail when the bound is not kept. */
export function report(
  name: string,
  figure: number,
  bound: { readonly least: number } | { readonly most: number },
  note: string,
): void {
  const isOk = 'least' in bound ? figure >= bound.least : figure <= bound.most
  const limit = 'least' in bound ? `at least ${bound.least}` : `at most ${bound.most}`
  console.log(`${name}: ${figure.toFixed(2)}, ${limit}, ${isOk ? 'ok' : 'NOT OK'} (${note})`)
  if (!isOk) process.exitCode = 1
}
