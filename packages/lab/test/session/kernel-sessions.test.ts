import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { KernelHost, Scenario } from '@p2pd/lab'
import { programFile } from '@p2pd/netif/testing'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'

/**
 * Rounds, and megabytes each way: one short round unless it is asked for more. `P2PD_SESSION_ROUNDS=20` is the whole check,
 * with 100 MB.
 */
const ROUNDS = Number(process.env['P2PD_SESSION_ROUNDS'] ?? 1)
const MEGABYTES = Number(process.env['P2PD_SESSION_MB'] ?? (ROUNDS > 1 ? 100 : 2))
const TIMEOUT_MS = 120_000 + ROUNDS * (20_000 + MEGABYTES * 3000)

/** Lines of 20 Mbit/s: a transfer takes long enough for something to happen in it. */
const link = { bitsPerSecond: 20_000_000 }
const scenario: Scenario = {
  hosts: [
    { name: 'broker' },
    { name: 'public' },
    { name: 'roaming', behind: ['home', 'flat'] },
    { name: 'homely', behind: 'home' },
    { name: 'remote', behind: 'flat' },
    { name: 'cottage', behind: 'village' },
  ],
  boxes: [
    { name: 'home', preset: 'home', link },
    { name: 'flat', preset: 'restricted-preserving', link },
    // 1 MB takes 8 s.
    { name: 'village', preset: 'home', link: { bitsPerSecond: 1_000_000 } },
  ],
}

/** Resolves with the text of a stream as soon as it has a pattern. */
function says(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream?.on('data', (data: Buffer) => {
      text += data.toString()
      const found = pattern.exec(text)
      if (found !== null) resolve(found[1] ?? '')
    })
    stream?.on('end', () => reject(new Error(`it ended without ${String(pattern)}: ${text}`)))
  })
}

/** The messages of a program for its user, with the time since they are collected. */
function linesOf({ stderr }: ChildProcess): string[] {
  const startedAt = performance.now()
  const lines: string[] = []
  stderr?.on('data', (data: Buffer) => {
    const at = Math.round(performance.now() - startedAt)
    lines.push(`${at} ms: ${data.toString().trimEnd()}`)
  })
  return lines
}

describeKernel('sessions through real kernels: two commands joined to streams', () => {
  const lab = sharedLab({ scenario })
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'p2pd-sessions-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const run = (host: KernelHost, args: readonly string[]): ChildProcess =>
    host.spawn(process.execPath, [programFile('bin'), ...args], { stdio: 'pipe' })

  const serversFile = lazy(async () => {
    const host = (await lab()).host('broker')
    const program = run(host, ['infra', '--host', host.ip, '--mqtt-port', '1883', '--json'])
    const servers = await says(program.stdout, /"servers":(\{.*\})\}/)
    const file = join(folder, 'servers.json')
    await writeFile(file, servers)
    return file
  })

  /** Transfers random bytes both ways, disturbs it when a fifth has arrived, and compares the hashes. */
  async function expectTransfer(from: string, to: string, servers: string, disturb: () => unknown) {
    const [caller, callee] = [(await lab()).host(from), (await lab()).host(to)]
    const own = (name: string) => ['--servers', servers, '--identity', join(folder, `${name}.json`)]
    const listener = run(callee, ['listen', ...own(to)])
    const said = [linesOf(listener)]
    const id = await says(listener.stderr, /p2pd connect (\w{56})/)
    const connector = run(caller, ['connect', id, ...own(from)])
    said.push(linesOf(connector))
    const logged = says(connector.stderr, /(Connected again[^\n]*)/)
    logged.catch(() => {})
    await says(connector.stderr, /Connected to/)
    const bytes = [0, 1].map(() => randomBytes(MEGABYTES * 1_000_000))
    const [toCallee = Buffer.of(), toCaller = Buffer.of()] = bytes
    let disturbed = () => {}
    const isOver = new Promise<void>((resolve) => (disturbed = resolve))
    isDisturbed = false
    const disturbOnce = async () => {
      await disturb()
      disturbed()
    }
    const arrivals = [arrivalOf(listener, toCallee, disturbOnce), arrivalOf(connector, toCaller, disturbOnce)]
    const half = MEGABYTES * 500_000
    for (const [index, { stdin }] of [connector, listener].entries()) {
      stdin?.write(bytes[index]?.subarray(0, half))
      // The rest can only go by the next path.
      void isOver.then(() => stdin?.end(bytes[index]?.subarray(half)))
    }
    const whole = { bytes: MEGABYTES * 1_000_000, differsAt: undefined, status: 0 }
    const arrived = await Promise.all(arrivals)
    if (!isDeepStrictEqual(arrived, [whole, whole])) {
      // The programs know the reason.
      throw new Error(JSON.stringify({ from, to, arrived, said }, undefined, 2))
    }
    expect(await logged).toMatch(/Connected again/)
  }

  let isDisturbed = false
  /** Compares what a program writes with what was sent; when a fifth has come, it is disturbed. */
  async function arrivalOf(
    program: ChildProcess,
    expected: Buffer,
    disturb: () => unknown,
  ): Promise<{ bytes: number; differsAt: number | undefined; status: number | null }> {
    let [bytes, differsAt] = [0, undefined as number | undefined]
    const ended = new Promise<number | null>((resolve) => void program.once('exit', resolve))
    for await (const data of program.stdout as AsyncIterable<Buffer>) {
      if (!data.equals(expected.subarray(bytes, bytes + data.length))) differsAt ??= bytes
      bytes += data.length
      if (isDisturbed || bytes < MEGABYTES * 200_000) continue
      isDisturbed = true
      await disturb()
    }
    return { bytes, differsAt, status: await ended }
  }

  /** The NIC through which a host has a connection to another. Those of earlier rounds may still wait for their end. */
  async function nicTo(host: KernelHost, ip: string): Promise<string> {
    const { stdout } = await host.exec('ss', ['-Htun', 'state', 'established', 'dst', ip])
    const { stdout: addresses } = await host.exec('ip', ['-4', '-o', 'addr'])
    const used = addresses.split('\n').flatMap((line) => {
      const [, nic = '', own = ''] = /^\d+: (\S+) +inet ([\d.]+)/.exec(line) ?? []
      return own !== '' && stdout.includes(`${own}:`) ? [nic] : []
    })
    expect(used).toHaveLength(1)
    return used[0] ?? ''
  }

  /** Takes a NIC down; returns the function that brings it up again, with the default route that the kernel dropped. */
  async function unplug(host: KernelHost, nic: string): Promise<() => Promise<void>> {
    const ip = (...args: string[]) => host.exec('ip', ['-4', ...args])
    const { stdout } = await ip('route', 'show', 'default', 'dev', nic)
    await ip('link', 'set', nic, 'down')
    return async () => {
      await ip('link', 'set', nic, 'up')
      await ip('route', 'add', ...stdout.trim().split(/\s+/), 'dev', nic)
    }
  }

  /** Gives the one NIC of a host another address of its network, as a new DHCP lease does. */
  async function renumber(host: KernelHost, address: string): Promise<void> {
    const ip = (...args: string[]) => host.exec('ip', ['-4', ...args])
    const { stdout } = await ip('route', 'show', 'default')
    await ip('addr', 'flush', 'dev', 'eth0')
    await ip('addr', 'add', `${address}/24`, 'dev', 'eth0')
    await ip('route', 'add', ...stdout.trim().split(/\s+/))
  }

  test('G4: a command whose peer has ended long ago does not end before the peer has its last byte', async () => {
    const servers = await serversFile()
    const net = await lab()
    const own = (name: string) => ['--servers', servers, '--identity', join(folder, `${name}.json`)]
    const listener = run(net.host('public'), ['listen', ...own('public')])
    const said = [linesOf(listener)]
    listener.stdin?.end()
    const id = await says(listener.stderr, /p2pd connect (\w{56})/)
    const caller = run(net.host('cottage'), ['connect', id, ...own('cottage')])
    said.push(linesOf(caller))
    const bytes = randomBytes(1_000_000)
    caller.stdin?.end(bytes)
    const arrivals = [arrivalOf(listener, bytes, () => {}), arrivalOf(caller, Buffer.of(), () => {})]
    expect({ arrived: await Promise.all(arrivals), said }).toMatchObject({
      arrived: [{ bytes: bytes.length, differsAt: undefined, status: 0 }, { status: 0 }],
    })
  })

  test(
    'G1: NICs lose or change their address, NATs restart or change theirs, in mid-transfer: every byte arrives in its place',
    async () => {
      const servers = await serversFile()
      const net = await lab()
      const [roaming, homely] = [net.host('roaming'), net.host('homely')]
      const prefix = homely.ip.slice(0, homely.ip.lastIndexOf('.'))
      for (let round = 0; round < ROUNDS; round++) {
        let plugIn = async () => {}
        await expectTransfer('roaming', 'public', servers, async () => {
          plugIn = await unplug(roaming, await nicTo(roaming, net.host('public').ip))
        })
        await plugIn()
        await expectTransfer('homely', 'public', servers, () => renumber(homely, `${prefix}.${100 + round}`))
        await expectTransfer('homely', 'remote', servers, () => {
          net.box('home').renumber(`5.200.0.${1 + round}`)
          net.box('flat').restart()
        })
      }
    },
    TIMEOUT_MS,
  )
})
