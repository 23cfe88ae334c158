import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import type { PunchPlan } from './plan/plan.ts'
import { planPunch } from './plan/plan-punch.ts'
import type { LocalSide } from './plan/side.ts'
import { executeTcpPunch } from './tcp/execute-tcp-punch.ts'
import { executeUdpPunch } from './udp/execute-udp-punch.ts'

const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
const path = (relative: string) => new URL(relative, import.meta.url).pathname
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
const token = systemRandom(16)

test('examples/two-hosts.ts punches', async () => {
  const { stdout } = await promisify(execFile)(tsx, [
    '--conditions=@p2pd/source',
    path('../examples/two-hosts.ts'),
  ])
  expect(stdout).toBe(
    'known-mappings: 127.0.0.1 to 127.0.0.2\nknown-mappings: 127.0.0.2 to 127.0.0.1\nreceived: hello\n',
  )
})

test('examples/punchable.ts names a technique', async () => {
  const { stdout } = await promisify(execFile)(tsx, [
    '--conditions=@p2pd/source',
    path('../examples/punchable.ts'),
  ])
  expect(stdout).toMatch(/random symmetric NAT of 2048 ports: birthday/)
  expect(stdout).toMatch(/^tcp, .*: impossible/m)
})

/** A side with a free port, and mapping and delta as given: on loopback a random port is simply another one. */
async function sideAt(
  ip: string,
  mapping: LocalSide['nat']['mapping'],
  delta = 'random',
): Promise<LocalSide> {
  const listener = await systemNetwork.listenTcp({ local: { ip, port: 0 } })
  const { local } = listener
  await listener.close()
  const nat = {
    type: 'cone',
    mapping,
    filtering: 'endpoint-independent',
    delta: { type: delta, value: 0 },
    portRange: [1024, 65535],
    externalAddresses: [ip],
  } as const
  return {
    nat,
    endpoints: mapping === 'endpoint-independent' ? [local] : [],
    hosts: [local],
    locals: [local],
  }
}

test('TCP on real sockets: one opens and listens, the other comes in; both have the same connection', async () => {
  const alice = await sideAt('127.0.0.1', 'endpoint-independent')
  const bob = await sideAt('127.0.0.2', 'address-and-port-dependent')
  for (const aliceControls of [true, false]) {
    const plans = [
      planPunch(alice, bob, { protocol: 'tcp', controlling: aliceControls }),
      planPunch(bob, alice, { protocol: 'tcp', controlling: !aliceControls }),
    ] as PunchPlan[]
    expect(plans.map(({ technique }) => technique)).toEqual(['open-then-listen', 'open-then-listen'])
    const [a, b] = await Promise.all(plans.map((plan) => executeTcpPunch(plan, ports, { token })))
    expect(a?.remote).toEqual(b?.local)
    a?.stream.end('hello')
    expect(await new Promise((resolve) => b?.stream.once('data', (data) => resolve(String(data))))).toBe(
      'hello',
    )
    b?.stream.end()
    a?.stream.resume()
    // So that the listening port is not in TIME_WAIT: the one that came in closes last.
    await Promise.all([a, b].map((end) => new Promise((resolve) => end?.stream.once('close', resolve))))
  }
})

test('a birthday on real sockets: all of them open, one stays', async () => {
  const alice = await sideAt('127.0.0.1', 'endpoint-independent')
  const bob = await sideAt('127.0.0.2', 'address-and-port-dependent')
  const strict = (side: LocalSide): LocalSide => ({
    ...side,
    // Linux's own range: what the sockets get.
    nat: { ...side.nat, filtering: 'address-and-port-dependent', portRange: [32768, 60999] },
  })
  const plans = [
    planPunch(strict(alice), strict(bob), { protocol: 'udp', controlling: true }),
    planPunch(strict(bob), strict(alice), { protocol: 'udp', controlling: false }),
  ] as PunchPlan[]
  expect(plans.map(({ technique }) => technique)).toEqual(['birthday', 'birthday'])
  const [a, b] = await Promise.all(plans.map((plan) => executeUdpPunch(plan, ports, { token })))
  expect(a?.remote).toEqual(b?.socket.local)
  expect(b?.remote).toEqual(a?.socket.local)
  expect(a?.bound.local).toEqual(a?.socket.local)
  a?.socket.close()
  b?.socket.close()
})

test('TCP between two processes on one host', async () => {
  const side = async () => sideAt('127.0.0.1', 'endpoint-independent')
  const [alice, bob] = [await side(), await side()]
  const plans = [
    planPunch(alice, bob, { protocol: 'tcp', controlling: true }),
    planPunch(bob, alice, { protocol: 'tcp', controlling: false }),
  ]
  const children = plans.map((plan) => start(JSON.stringify(plan)))
  await Promise.all(children.map(({ ready }) => ready))
  for (const { child } of children) child.stdin?.write('go')
  const said = await Promise.all(children.map(({ done }) => done))
  expect(said).toEqual([
    `ready ${bob.locals[0]?.port} says hello`,
    `ready ${alice.locals[0]?.port} says hello`,
  ])
})

function start(plan: string): { child: ChildProcess; ready: Promise<void>; done: Promise<string> } {
  const script = path('./testdata/tcp-peer.ts')
  const child = spawn(tsx, ['--conditions=@p2pd/source', script, plan, Buffer.from(token).toString('hex')])
  let said = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      said += String(data)
      resolve()
    })
  })
  const done = new Promise<string>((resolve) => child.once('close', () => resolve(said)))
  return { child, ready, done }
}
