import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Scenario } from '@p2pd/lab'
import { familyOf } from '@p2pd/netif'
import { programFile } from '@p2pd/netif/testing'
import type { CallOptions, ReportLine } from '@p2pd/node'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'

const LIMIT_MS = 120_000

const both = { families: ['IPv4', 'IPv6'] } as const
const scenario: Scenario = {
  hosts: [
    { name: 'brokers', addresses: 2 },
    { name: 'alice', ...both },
    { name: 'bob', ...both },
    { name: 'dead' },
    { name: 'sister', behind: ['home', 'office', 'flat'] },
    { name: 'brother', behind: ['home', 'carrier', 'open'] },
  ],
  boxes: [
    { name: 'home', preset: 'full-cone-equal', settings: { hairpinning: false }, subnet: '192.168.7.0/24' },
    { name: 'office', preset: 'symmetric-random' },
    { name: 'carrier', preset: 'carrier' },
    { name: 'flat', preset: 'port-restricted-random' },
    { name: 'open', settings: { kind: 'open' } },
  ],
}

/** A program on a host that is ready. */
interface Started {
  readonly program: ChildProcess
  readonly line: Readonly<Record<string, unknown>>
}

/** The result of a call. */
interface Outcome {
  readonly ip?: string
  readonly strategy?: string
  readonly code?: string
  readonly message?: string
  readonly report: readonly ReportLine[]
  readonly elapsedMs: number
}

describeKernel('checks of connecting, through real kernels', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'p2pd-checks-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const lab = sharedLab({ scenario })

  /** Starts `p2pd` on a host; resolves with its first line. */
  async function start(host: string, args: readonly string[]): Promise<Started> {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    const options = { stdio: [...stdio] }
    const program = (await lab())
      .host(host)
      .spawn(process.execPath, [programFile('bin'), ...args, '--json'], options)
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: program.stdout as NodeJS.ReadableStream }).once('line', resolve)
      program.once('exit', (status) => reject(new Error(`p2pd ${args.join(' ')} ended (${status})`)))
    })
    return { program, line: JSON.parse(line) as Started['line'] }
  }

  /** Two brokers, each in its own process, and the servers file with both. */
  const servers = lazy(async () => {
    const { addresses } = (await lab()).host('brokers')
    const brokers = await Promise.all(addresses.map((ip) => start('brokers', ['infra', '--host', ip])))
    const file = join(folder, 'servers.json')
    const mqtt = addresses.map((ip) => `mqtt://${ip}:1883`)
    await writeFile(file, JSON.stringify({ stun: [], turn: [], mqtt }))
    return { file, brokers }
  })

  async function listen(host: string): Promise<Started> {
    const { file } = await servers()
    return start(host, ['listen', '--echo', '--servers', file, '--identity', join(folder, `${host}.pem`)])
  }

  async function call(host: string, target: unknown, options: CallOptions = {}): Promise<Outcome> {
    const { file } = await servers()
    const args = [programFile('call'), file, String(target), JSON.stringify(options)]
    const { stdout, stderr } = await (await lab()).host(host).exec(process.execPath, args)
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Outcome
  }

  /** The addresses to which a host opened TCP connections during `work`. */
  async function openedBy(host: string, work: () => Promise<unknown>): Promise<readonly string[]> {
    const net = await lab()
    const own = net.host(host).addresses
    const ips = new Set<string>()
    const stop = net.tap(({ packet }) => {
      if (packet.protocol !== 'tcp' || !packet.flags.syn || packet.flags.ack) return
      if (own.includes(packet.source.ip)) ips.add(packet.destination.ip)
    })
    await work()
    stop()
    return [...ips].filter((ip) => !net.host('brokers').addresses.includes(ip))
  }

  const bob = lazy(() => listen('bob'))
  const brother = lazy(() => listen('brother'))

  test(
    'A10: reverse alone sends no SYN to the peer',
    async () => {
      const { id } = (await bob()).line
      const opened = await openedBy('alice', async () => {
        expect(await call('alice', id, { strategies: ['reverse'] })).toMatchObject({ strategy: 'reverse' })
      })
      expect(opened).toEqual([])
    },
    LIMIT_MS,
  )

  test(
    'A11: families and their order are honoured',
    async () => {
      const { id } = (await bob()).line
      for (const families of [['IPv6', 'IPv4'], ['IPv4', 'IPv6'], ['IPv6'], ['IPv4']] as const) {
        const opened = await openedBy('alice', async () => {
          const { ip = '' } = await call('alice', id, { strategies: ['direct'], paths: { families } })
          expect(familyOf(ip)).toBe(families[0])
        })
        expect(families).toEqual(expect.arrayContaining(opened.map((ip) => familyOf(ip))))
      }
    },
    LIMIT_MS,
  )

  test(
    'A11, A12: two hosts with three NICs each, one behind the same router: the LAN, unless only external paths are wanted',
    async () => {
      const { id } = (await brother()).line
      const isNear = (ip: string) => ip.startsWith('192.168.7.')
      const direct = { strategies: ['direct'] } as const
      const near = await call('sister', id)
      expect(near.ip).toMatch(/^192\.168\.7\./)
      const lan = await openedBy('sister', () => call('sister', id, { ...direct, paths: { reach: 'lan' } }))
      expect(lan.filter(isNear)).toHaveLength(1)
      const external = await openedBy('sister', async () => {
        const { ip = '' } = await call('sister', id, { ...direct, paths: { reach: 'external' } })
        expect((await lab()).host('brother').addresses).toContain(ip)
      })
      expect(external.filter((ip) => ip.startsWith('192.168.') || ip.startsWith('10.'))).toEqual([])
    },
    LIMIT_MS,
  )

  test(
    'A13: a peer whose program was killed, and one whose host is gone, are given up within 15 s, with reasons',
    async () => {
      const { program, line } = await listen('dead')
      expect(await call('alice', line['id'])).toMatchObject({ strategy: expect.any(String) })
      program.kill('SIGKILL')
      const killed = await call('alice', line['id'])
      expect(killed.elapsedMs).toBeLessThan(15_000)
      expect(killed.report).toContainEqual(
        expect.objectContaining({ outcome: 'failed', reason: expect.stringMatching(/refused/i) }),
      )
      const { ip } = (await lab()).host('dead')
      await (await lab()).host('dead').exec('ip', ['link', 'set', 'eth0', 'down'])
      const gone = await call('alice', line['address'])
      expect(gone.elapsedMs).toBeLessThan(15_000)
      expect(gone.report).toContainEqual(
        expect.objectContaining({ remote: expect.stringContaining(ip), outcome: 'failed' }),
      )
      expect([killed.message, gone.message]).not.toContain('')
    },
    LIMIT_MS,
  )

  test(
    'A17: one broker dies and nothing is noticed; all die: a clear error within 5 s, and an address can still be called',
    async () => {
      const { id, address } = (await bob()).line
      const [first, second] = (await servers()).brokers
      first?.program.kill('SIGKILL')
      expect(await call('alice', id)).toMatchObject({ strategy: expect.any(String) })
      second?.program.kill('SIGKILL')
      const failed = await call('alice', id)
      expect(failed).toMatchObject({
        code: 'NODE_NO_BROKER',
        message: expect.stringMatching(/start a broker/),
      })
      expect(failed.elapsedMs).toBeLessThan(5000)
      expect(await call('alice', address)).toMatchObject({ strategy: 'direct' })
    },
    LIMIT_MS,
  )
})
