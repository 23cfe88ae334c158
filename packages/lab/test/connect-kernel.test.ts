import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { HostEntry, KernelHost, Scenario } from '@p2pd/lab'
import { familyOf } from '@p2pd/netif'
import type { StrategyName } from '@p2pd/node'
import { describeKernel, lazy, sharedLab } from './kernel-lab.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const NODE_ARGUMENTS = ['--import', 'tsx', '--conditions=@p2pd/source', join(ROOT, 'apps/cli/src/bin.ts')]
const BROKER_PORT = 1883

const both: Pick<HostEntry, 'families'> = { families: ['IPv4', 'IPv6'] }
const v6: Pick<HostEntry, 'families'> = { families: ['IPv6'] }

const scenario: Scenario = {
  hosts: [
    { name: 'broker', ...both },
    { name: 'public', ...both },
    { name: 'homely', behind: 'home' },
    { name: 'neighbour', behind: 'home' },
    { name: 'mobile', behind: 'carrier' },
    { name: 'public6', ...v6 },
    { name: 'walled6', ...v6, behind: 'wall' },
  ],
  boxes: [
    { name: 'home', preset: 'home' },
    { name: 'carrier', preset: 'carrier' },
    { name: 'wall', settings: { kind: 'firewall' } },
  ],
}

/** Who calls whom, by what, over which family. */
const CALLS: readonly (readonly [string, string, StrategyName, 'IPv4' | 'IPv6'])[] = [
  ['homely', 'public', 'direct', 'IPv4'],
  ['mobile', 'public', 'direct', 'IPv4'],
  ['public', 'homely', 'reverse', 'IPv4'],
  ['public', 'mobile', 'reverse', 'IPv4'],
  ['homely', 'neighbour', 'direct', 'IPv4'],
  ['walled6', 'public6', 'direct', 'IPv6'],
  ['public6', 'walled6', 'reverse', 'IPv6'],
]

type Line = Record<string, unknown> & { readonly event: string }

/** Runs `p2pd` on a host; resolves with the first event of this name. */
function firstEvent(host: KernelHost, args: readonly string[], event: string): Promise<Line> {
  const program = host.spawn(process.execPath, [...NODE_ARGUMENTS, ...args, '--json'], {
    cwd: ROOT,
    stdio: 'pipe',
  })
  let said = ''
  program.stderr?.on('data', (text: Buffer) => {
    said += text.toString()
  })
  return new Promise((resolve, reject) => {
    createInterface({ input: program.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      const line = JSON.parse(text) as Line
      if (line.event === event) resolve(line)
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

  /** The servers file, once the broker in it is up: at its IPv6 address for who has nothing else. */
  const servers = lazy(async () => {
    const host = (await lab()).host('broker')
    const brokerArguments = host.addresses.flatMap((ip) => ['--host', ip])
    await firstEvent(host, ['infra', ...brokerArguments, '--mqtt-port', `${BROKER_PORT}`], 'ready')
    const files = host.addresses.map(async (ip) => {
      const file = join(folder, `${familyOf(ip)}.json`)
      const url = `mqtt://${familyOf(ip) === 'IPv6' ? `[${ip}]` : ip}:${BROKER_PORT}`
      await writeFile(file, JSON.stringify({ stun: [], turn: [], mqtt: [url] }))
      return [familyOf(ip), file] as const
    })
    return new Map(await Promise.all(files))
  })

  const nodeArguments = async (host: string, role: string, family: 'IPv4' | 'IPv6') => [
    '--identity',
    join(folder, `${host}-${role}.json`),
    '--servers',
    (await servers()).get(family) ?? '',
  ]

  const ids = new Map<string, Promise<string>>()
  /** The id of the echo node on a host, which is started when first asked for. */
  const listening = (name: string, family: 'IPv4' | 'IPv6'): Promise<string> => {
    const start = async () => {
      const args = ['listen', '--echo', ...(await nodeArguments(name, 'listener', family))]
      return String((await firstEvent((await lab()).host(name), args, 'listening'))['id'])
    }
    const id = ids.get(name) ?? start()
    ids.set(name, id)
    return id
  }

  test.each(CALLS)(
    'A3: %s calls %s: %s over %s',
    async (caller, peer, strategy, family) => {
      const id = await listening(peer, family)
      const host = (await lab()).host(caller)
      const how = ['--strategies', 'direct,reverse', '--send', 'hello', '--recv', '5']
      const args = ['connect', id, ...how, ...(await nodeArguments(caller, 'caller', family))]
      const { status, stdout, stderr } = await host.exec(process.execPath, [
        ...NODE_ARGUMENTS,
        ...args,
        '--json',
      ])
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'connected', peer: id, strategy, encrypted: true }),
      )
      expect(events).toContainEqual(expect.objectContaining({ event: 'received', text: 'hello' }))
    },
    60_000,
  )
})
