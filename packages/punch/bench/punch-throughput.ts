/** Bytes a second over a punched TCP connection between two processes, as a ratio to one that was dialled. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { ByteStream, TransportAddress } from '@p2pd/netif'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { executeTcpPunch, planPunch, type PunchSide } from '@p2pd/punch'
import { freeTcpPort, loopbackSide } from '../test/loopback-side.ts'

const TOTAL = 64 * 1_048_576
const CHUNK = new Uint8Array(65_536)
const LEAST_RATIO = 0.95
/** On a busy machine single ratios range from 0.6 to 2: the median of many counts. */
const ROUNDS = 41
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }

type Request =
  | { readonly way: 'dial'; readonly to: TransportAddress }
  | { readonly way: 'punch'; readonly side: PunchSide }

if (process.argv[2] === 'sender') {
  process.on('message', (request: Request) => void send(request))
  process.once('disconnect', () => process.exit())
} else {
  const sender = fork(new URL(import.meta.url).pathname, ['sender'], {
    execArgv: ['--import', 'tsx', '--conditions=@p2pd/source'],
  })
  const ratios: number[] = []
  // The first round warms up both.
  for (let round = 0; round <= ROUNDS; round++) {
    // They take turns to begin: the second finds the machine warmer.
    const first = round % 2 === 0 ? await dialled(sender) : await punched(sender)
    const second = round % 2 === 0 ? await punched(sender) : await dialled(sender)
    if (round > 0) ratios.push(round % 2 === 0 ? second / first : first / second)
  }
  report(ratios.toSorted((a, b) => a - b))
  sender.disconnect()
}

function report(sorted: readonly number[]): void {
  const quantile = (part: number) => sorted[Math.floor((ROUNDS - 1) * part)] ?? Number.NaN
  const isOk = quantile(0.5) >= LEAST_RATIO
  const [median, low, high] = [0.5, 0.25, 0.75].map((part) => quantile(part).toFixed(2))
  console.log(
    `punched TCP connection, bytes a second, of a dialled one: ratio ${median}, bound ${LEAST_RATIO}, ${isOk ? 'ok' : 'NOT OK'} (median of ${ROUNDS}, quartiles ${low} and ${high})`,
  )
  if (!isOk) process.exitCode = 1
}

async function send(request: Request): Promise<void> {
  const { stream } =
    request.way === 'dial'
      ? await systemNetwork.dial({ remote: request.to })
      : await punch(request.side, false)
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) if (!stream.write(CHUNK)) await once(stream, 'drain')
  stream.end()
  stream.resume()
}

async function dialled(sender: ChildProcess): Promise<number> {
  const listener = await systemNetwork.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const accepted = new Promise<ByteStream>((resolve) =>
    listener.onConnection(({ stream }) => resolve(stream)),
  )
  sender.send({ way: 'dial', to: listener.local } satisfies Request)
  const rate = await receive(await accepted)
  await listener.close()
  return rate
}

async function punched(sender: ChildProcess): Promise<number> {
  const side = loopbackSide(await freeTcpPort('127.0.0.1'))
  const answered = once(sender, 'message') as Promise<[PunchSide]>
  sender.send({ way: 'punch', side } satisfies Request)
  const [theirs] = await answered
  const { stream } = await executeTcpPunch(planOf(side, theirs, true), ports, { token: new Uint8Array(16) })
  return receive(stream)
}

async function punch(theirs: PunchSide, controlling: boolean) {
  const side = loopbackSide(await freeTcpPort('127.0.0.1'))
  process.send?.(side)
  return executeTcpPunch(planOf(side, theirs, controlling), ports, { token: new Uint8Array(16) })
}

function planOf(mine: ReturnType<typeof loopbackSide>, theirs: PunchSide, controlling: boolean) {
  const plan = planPunch(mine, theirs, { protocol: 'tcp', controlling })
  if (plan.technique === 'impossible') throw new Error(plan.reason)
  return plan
}

/** Bytes a millisecond, from the first to the last. */
async function receive(stream: ByteStream): Promise<number> {
  let [got, startedAt] = [0, 0]
  await new Promise<void>((resolve) =>
    stream.on('data', (data: Uint8Array) => {
      startedAt ||= performance.now()
      got += data.length
      if (got >= TOTAL) resolve()
    }),
  )
  const rate = TOTAL / (performance.now() - startedAt)
  stream.end()
  await once(stream, 'close')
  return rate
}
