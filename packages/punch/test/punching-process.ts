/**
 * One process of two that punch on loopback, many times, some of them at once. It gets tasks over IPC, sends the other its
 * side of each punch through the parent, and reports in the end what it holds open.
 */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { UdpSocket } from '@p2pd/netif'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { executeTcpPunch, executeUdpPunch, type LocalSide, planPunch, type PunchSide } from '@p2pd/punch'
import { freeTcpPort, loopbackSide } from './loopback-side.ts'
import type { FromProcess, Holdings, Task, ToProcess } from './two-processes.ts'

/** The channel to the parent, and what loads modules. */
const NOT_OURS = new Set(['PipeWrap', 'FSReqCallback', 'FSReqPromise', 'Immediate'])

const controlling = process.argv[2] === 'controlling'
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
/** The other's sides: one may come before its punch begins here. */
const sides = new Map<number, Expected>()
const tell = (message: FromProcess) => process.send?.(message)

interface Expected {
  readonly side: Promise<PunchSide>
  readonly resolve: (side: PunchSide) => void
}

function sideOf(number: number): Expected {
  const known = sides.get(number)
  if (known !== undefined) return known
  let resolve: Expected['resolve'] = () => {}
  const side = new Promise<PunchSide>((settle) => {
    resolve = settle
  })
  const created = { side, resolve }
  sides.set(number, created)
  return created
}

process.on('message', (message: ToProcess) => {
  if (message.type === 'task') void run(message.task)
  else sideOf(message.punch).resolve(message.side)
})
process.once('disconnect', () => process.exit())

async function run(task: Task): Promise<void> {
  let next = task.first
  const worker = async () => {
    while (next < task.first + task.count) await punch(task, next++)
  }
  await Promise.all(Array.from({ length: task.atOnce }, worker))
  // Handles are closed in later turns of the event loop.
  for (let turn = 0; turn < 1000 && holdings().resources.length > 0; turn++) await setImmediate()
  global.gc?.()
  tell({ type: 'report', holdings: holdings() })
}

async function punch({ protocol, unfinished }: Task, number: number): Promise<void> {
  const { side, sockets } = await prepare(protocol, number)
  tell({ type: 'side', punch: number, side })
  const plan = planPunch(side, await sideOf(number).side, { protocol, controlling })
  sides.delete(number)
  if (plan.technique === 'impossible') throw new Error(plan.reason)
  const token = new Uint8Array(16).fill(number)
  // Every so often somebody changes his mind in the middle.
  if (unfinished && number % 5 === 0) {
    const signal = AbortSignal.timeout(30)
    const execute = protocol === 'udp' ? executeUdpPunch : executeTcpPunch
    const given = await execute({ ...plan, targets: [] }, ports, { token, sockets, signal }).catch(() => {})
    if (given !== undefined) throw new Error('connected without targets')
    return
  }
  if (protocol === 'udp') {
    const { socket, remote } = await executeUdpPunch(plan, ports, { token, sockets })
    // The controlled side is done last: only then may the other go.
    if (controlling) await new Promise((resolve) => socket.onMessage(resolve))
    else socket.send(new Uint8Array(1), remote)
    socket.close()
    return
  }
  const { stream } = await executeTcpPunch(plan, ports, { token })
  stream.resume()
  stream.end()
  await once(stream, 'close')
}

/** An address of its own for each punch, so that no other has its port. */
async function prepare(
  protocol: Task['protocol'],
  number: number,
): Promise<{ side: LocalSide; sockets: UdpSocket[] }> {
  const ip = `127.${controlling ? 1 : 2}.${number >> 8}.${number & 255}`
  if (protocol === 'tcp') return { side: loopbackSide(await freeTcpPort(ip)), sockets: [] }
  const socket = await systemNetwork.bindUdp({ local: { ip, port: 0 } })
  return { side: loopbackSide(socket.local), sockets: [socket] }
}

function holdings(): Holdings {
  const { heapUsed, external } = process.memoryUsage()
  return {
    resources: process.getActiveResourcesInfo().filter((kind) => !NOT_OURS.has(kind)),
    descriptors: readdirSync('/proc/self/fd').length,
    bytes: heapUsed + external,
  }
}

tell({ type: 'report', holdings: holdings() })
