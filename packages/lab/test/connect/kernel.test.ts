import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { HostEntry, KernelHost, Scenario } from '@p2pd/lab'
import { type Family, familyOf } from '@p2pd/netif'
import { programFile } from '@p2pd/netif/testing'
import type { StrategyName } from '@p2pd/node'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'

const BROKER_PORT = 1883

const both: Pick<HostEntry, 'families'> = { families: ['IPv4', 'IPv6'] }
const v6: Pick<HostEntry, 'families'> = { families: ['IPv6'] }

const scenario: Scenario = {
  hosts: [
    { name: 'broker', ...both, addresses: 2 },
    { name: 'public', ...both },
    { name: 'homely', behind: 'home' },
    { name: 'neighbour', behind: 'home' },
    { name: 'mobile', behind: 'carrier' },
    { name: 'remote', behind: 'flat' },
    { name: 'desk', behind: 'office' },
    { name: 'dual', behind: ['dead', 'flat'] },
    { name: 'roaming', behind: ['home', 'flat'] },
    { name: 'public6', ...v6 },
    { name: 'walled6', ...v6, behind: 'wall' },
  ],
  boxes: [
    { name: 'home', preset: 'home' },
    { name: 'carrier', preset: 'carrier' },
    { name: 'flat', preset: 'restricted-preserving' },
    { name: 'office', preset: 'symmetric-independent' },
    { name: 'dead', preset: 'home', link: { loss: 1 } },
    { name: 'wall', settings: { kind: 'firewall' } },
  ],
}

/** A call: caller, peer and family. */
interface Call {
  readonly caller: string
  readonly peer: string
  readonly family: Family
}

/** The result of a call. */
interface Outcome {
  readonly status: number | null
  readonly stderr: string
  readonly connected: Line | undefined
  readonly failed: Line | undefined
  /** The echoed text. */
  readonly echo: unknown
}

/** The calls: caller, peer, strategy and family. */
const CALLS: readonly (readonly [string, string, StrategyName, Family])[] = [
  ['homely', 'public', 'direct', 'IPv4'],
  ['mobile', 'public', 'direct', 'IPv4'],
  ['public', 'homely', 'reverse', 'IPv4'],
  ['public', 'mobile', 'reverse', 'IPv4'],
  ['homely', 'neighbour', 'direct', 'IPv4'],
  ['walled6', 'public6', 'direct', 'IPv6'],
  ['public6', 'walled6', 'reverse', 'IPv6'],
]

/** Calls through NATs on both sides. The last two need predicted ports, and a birthday or a filter by address. */
const PUNCHES: readonly (readonly [string, string, 'tcp-punch' | 'udp-punch', Family])[] = [
  ['homely', 'remote', 'tcp-punch', 'IPv4'],
  ['homely', 'remote', 'udp-punch', 'IPv4'],
  ['homely', 'neighbour', 'tcp-punch', 'IPv4'],
  ['homely', 'neighbour', 'udp-punch', 'IPv4'],
  ['homely', 'desk', 'tcp-punch', 'IPv4'],
  ['desk', 'neighbour', 'udp-punch', 'IPv4'],
  ['mobile', 'remote', 'tcp-punch', 'IPv4'],
  ['mobile', 'neighbour', 'udp-punch', 'IPv4'],
]

type Line = Record<string, unknown> & { readonly event: string }

/** A running program, with the first event that it printed. */
interface Running {
  readonly line: Line
  /** The standard error output until now. */
  readonly logged: () => string
}

/** A node that can be called. */
interface Listener extends Pick<Running, 'logged'> {
  readonly id: string
  readonly address: string
}

/** Runs `p2pd` on a host; resolves with the first event of this name. */
function firstEvent(host: KernelHost, args: readonly string[], event: string): Promise<Running> {
  const program = host.spawn(process.execPath, [programFile('bin'), ...args, '--json'], {
    stdio: 'pipe',
  })
  let said = ''
  program.stderr?.on('data', (text: Buffer) => {
    said += text.toString()
  })
  return new Promise((resolve, reject) => {
    createInterface({ input: program.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      const line = JSON.parse(text) as Line
      if (line.event === event) resolve({ line, logged: () => said })
    })
    program.once('exit', (status) => reject(new Error(`p2pd ${args.join(' ')} ended (${status}): ${said}`)))
  })
}

describeKernel('real nodes through real kernels: the p2pd command on hosts behind NATs', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'p2pd-connect-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const lab = sharedLab({ scenario })

  /** The servers file of the running broker, with its IPv6 address for hosts that have IPv6 only. */
  const servers = lazy(async () => {
    const host = (await lab()).host('broker')
    const brokerArguments = host.addresses.flatMap((ip) => ['--host', ip])
    const infra = ['infra', ...brokerArguments, '--mqtt-port', `${BROKER_PORT}`]
    const { line } = await firstEvent(host, infra, 'ready')
    const { stun } = line['servers'] as { readonly stun: readonly string[] }
    const files = (['IPv4', 'IPv6'] as const).map(async (family) => {
      const file = join(folder, `${family}.json`)
      const ip = host.addresses.find((address) => familyOf(address) === family) ?? ''
      const url = `mqtt://${family === 'IPv6' ? `[${ip}]` : ip}:${BROKER_PORT}`
      await writeFile(file, JSON.stringify({ stun, turn: [], mqtt: [url] }))
      return [family, file] as const
    })
    return new Map<string, string>(await Promise.all(files))
  })

  /** A servers file for callers that call known addresses only. */
  const noServers = lazy(async () => {
    const file = join(folder, 'none.json')
    await writeFile(file, JSON.stringify({ stun: [], turn: [], mqtt: [] }))
    return file
  })

  const nodeArguments = async (host: string, role: string, family?: Family) => [
    '--identity',
    join(folder, `${host}-${role}.json`),
    '--servers',
    (family && (await servers()).get(family)) ?? (await noServers()),
  ]

  const listeners = new Map<string, Promise<Listener>>()
  /** The echo node on a host; the first call starts it. */
  const listening = (name: string, family: Family): Promise<Listener> => {
    const start = async () => {
      const mine = await nodeArguments(name, 'listener', family)
      const args = ['listen', '--echo', '--log-level', 'debug', ...mine]
      const { line, logged } = await firstEvent((await lab()).host(name), args, 'listening')
      return { id: String(line['id']), address: String(line['address']), logged }
    }
    const listener = listeners.get(name) ?? start()
    listeners.set(name, listener)
    return listener
  }

  test.concurrent.each(CALLS)(
    'A3: %s calls %s: %s over %s',
    async (caller, peer, strategy, family) => {
      const outcome = await call({ caller, peer, family }, 'direct,reverse')
      // A failure shows the report of the call.
      expect(outcome.failed).toBeUndefined()
      expect(outcome).toMatchObject({ status: 0, connected: { strategy, encrypted: true }, echo: 'hello' })
    },
    60_000,
  )

  test.concurrent.each(PUNCHES)(
    'A4, A5: %s punches to %s: %s over %s',
    async (caller, peer, strategy, family) => {
      // A node that starts sends probes, which move the counter of the NAT before it.
      await Promise.all(PUNCHES.map(([, name, , version]) => listening(name, version)))
      const outcome = await call({ caller, peer, family }, strategy)
      // A failure shows the report of the call.
      expect(outcome.failed).toBeUndefined()
      expect(outcome).toMatchObject({ status: 0, connected: { strategy, encrypted: true }, echo: 'hello' })
    },
    60_000,
  )

  test('A14: with the line of the default NIC dead, a known address is reached by the other NIC', async () => {
    const { address } = await listening('public', 'IPv4')
    const outcome = await callTarget('dual', address, await nodeArguments('dual', 'caller'))
    expect(outcome).toMatchObject({ status: 0, echo: 'hello' })
    const [, second] = (await lab()).host('dual').addresses
    expect(outcome.connected?.['local']).toMatch(`${second}:`)
    expect(outcome.connected?.['report']).toContainEqual(
      expect.objectContaining({ local: '0.0.0.0:0', outcome: 'cancelled' }),
    )
  }, 60_000)

  test('A14: when the NIC that leads to the brokers goes down, the node is called by the other one', async () => {
    const { id, logged } = await listening('roaming', 'IPv4')
    const roaming = (await lab()).host('roaming')
    expect(await roaming.exec('ip', ['link', 'set', 'eth0', 'down'])).toMatchObject({ status: 0 })
    const outcome = await callTarget('public', id, await nodeArguments('public', 'caller', 'IPv4'))
    expect(outcome).toMatchObject({ status: 0, echo: 'hello' })
    // The caller has no NAT: a punch that wins the race against the dial back is as good.
    expect(['reverse', 'tcp-punch', 'udp-punch']).toContain(outcome.connected?.['strategy'])
    // The node saw the change of the NIC; it did not wait for a time-out.
    expect(logged()).toContain(`this host no longer has ${roaming.ip}`)
  }, 60_000)

  async function call({ caller, peer, family }: Call, strategies: string): Promise<Outcome> {
    const { id } = await listening(peer, family)
    const how = ['--strategies', strategies, ...(await nodeArguments(caller, 'caller', family))]
    return callTarget(caller, id, how)
  }

  async function callTarget(caller: string, target: string, how: readonly string[]): Promise<Outcome> {
    const host = (await lab()).host(caller)
    const args = ['connect', target, '--send', 'hello', '--recv', '5', ...how]
    const { status, stdout, stderr } = await host.exec(process.execPath, [
      programFile('bin'),
      ...args,
      '--json',
    ])
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    const named = (name: string) => events.find(({ event }) => event === name)
    const [connected, failed] = [named('connected'), named('failed')]
    return { status, stderr, connected, failed, echo: named('received')?.['text'] }
  }
})
