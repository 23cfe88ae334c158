import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { programFile } from '@p2pd/netif/testing'
import type { SavedLease } from '@p2pd/portmap'
import type { GatewaySettings } from './miniupnpd-config.ts'
import { ADDRESS, RealGateway } from './real-gateway.ts'
import { inRounds, LIMIT_MS, whySkipped } from './with-gateway.ts'

const suite = whySkipped === '' ? describe : describe.skip

type Role = 'client' | 'outside'

/** For one step of a command, on a machine that is busy. */
const STEP_MS = 40_000

/** Starts the command on a host; `until` waits for words of it, and `ended` gives its exit status. */
function startCommand(gateway: RealGateway, args: readonly string[], role: Role = 'client') {
  const joined = ['sh', '-c', 'exec "$@" 2>&1', 'sh', process.execPath, programFile('bin'), ...args]
  const child = gateway.spawn(role, joined)
  let said = ''
  let arrived = () => {}
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString()
    arrived()
  })
  const closed = once(child, 'close').then(([status]) => status as number | null)
  /** An error with what the command said says more than the end of the test's time. */
  const inTime = async <T>(step: string, wanted: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const told = () => `${args[0]} has not ${step} within ${STEP_MS / 1000} s; it said: ${said}`
      timer = setTimeout(() => reject(new Error(told())), STEP_MS)
    })
    return Promise.race([wanted, late]).finally(() => clearTimeout(timer))
  }
  const until = async (words: RegExp) => {
    const more = () => new Promise<boolean>((resolve) => (arrived = () => resolve(true)))
    const isMore = () => inTime(`said ${words}`, Promise.race([more(), closed.then(() => false)]))
    while (!words.test(said)) if (!(await isMore())) break
    expect(said).toMatch(words)
  }
  return { child, ended: () => inTime('ended', closed), until, said: () => said }
}

/** A real gateway, and for each round a folder for the files of the command. */
async function withGateway(
  work: (gateway: RealGateway, folder: string) => Promise<void>,
  settings: GatewaySettings = {},
): Promise<void> {
  // Random ports make no difference to those who map theirs.
  const gateway = await RealGateway.make({ hasRandomPorts: true })
  try {
    await inRounds(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'p2pd-mapped-'))
      try {
        await gateway.startAnew(settings)
        await work(gateway, folder)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  } finally {
    await gateway.close()
  }
}

const leaseFilesIn = (folder: string) =>
  readdirSync(folder).filter((name) => /^port-mappings-.*\.json$/.test(name))

/** Nothing stays on a gateway but mappings that it did not end within a second; the files have these for the next node. */
async function expectReleased(gateway: RealGateway, folder: string): Promise<void> {
  const leases = leaseFilesIn(folder).flatMap(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SavedLease[],
  )
  const left = [...(await gateway.rules()).matchAll(/dport (\d+)/g)].map(([, port]) => Number(port))
  expect(leases.map(({ externalPort }) => externalPort)).toEqual(expect.arrayContaining(left))
}

suite(`E1: the command at a real miniupnpd${whySkipped}`, () => {
  test.concurrent(
    'a listening node has its port mapped until SIGTERM; what a crash left is released by the next node',
    () =>
      withGateway(async (gateway, folder) => {
        const [servers, identity] = [join(folder, 'servers.json'), join(folder, 'identity.pem')]
        writeFileSync(servers, JSON.stringify({ stun: ['stun:5.5.5.9:3478'], mqtt: [], turn: [] }))
        const listen = ['listen', '--log-level', 'debug', '--servers', servers, '--identity', identity]
        const live = async (signal: 'SIGKILL' | 'SIGTERM', released: RegExp) => {
          const node = startCommand(gateway, listen)
          await node.until(/"ip":"192\.168\.7\.2","status":"mapped"/)
          await node.until(/"ip":"2001:db8:7::2","status":"mapped"/)
          await node.until(released)
          expect(await gateway.rules()).toContain(`dnat ip to ${ADDRESS.client}:`)
          expect(leaseFilesIn(folder)).toHaveLength(1)
          node.child.kill(signal)
          await node.ended()
          return node.said()
        }
        await live('SIGKILL', /mapped/)
        let said = await live('SIGTERM', /port-mappings-released {"count":2}|portmap\.not-released/)
        // A gateway on a busy machine does not confirm within the second that a node waits. The next node ends what is left.
        while (said.includes('portmap.not-released'))
          said = await live('SIGTERM', /port-mappings-released|portmap\.not-released/)
        expect(await gateway.rules()).not.toContain('dport')
        expect(leaseFilesIn(folder)).toEqual([])
      }),
    LIMIT_MS,
  )

  test.concurrent(
    'portmap maps a port that stays, and releases it',
    () =>
      withGateway(async (gateway, folder) => {
        const ask = ['portmap', '--port', '4000', '--identity', join(folder, 'identity.pem')]
        const map = startCommand(gateway, ask)
        expect(await map.ended()).toBe(0)
        expect(map.said()).toContain('tcp 5.5.5.1:4000 -> 192.168.7.2:4000 by pcp of 192.168.7.1')
        expect(await gateway.rules()).toContain(`dnat ip to ${ADDRESS.client}:4000`)
        const release = startCommand(gateway, [...ask, '--release'])
        expect([await release.ended(), release.said()]).toEqual([0, 'Released 4 mappings.\n'])
        expect(await gateway.rules()).not.toContain('dport')
      }),
    LIMIT_MS,
  )

  // Not beside another test: its nodes must find their broker within 4 s.
  test(
    'A3: a node behind a NAT with random ports and UPnP is reached by direct, and reaches others by reverse',
    () =>
      withGateway(
        async (gateway, folder) => {
          const path = (name: string) => join(folder, name)
          const infra = startCommand(gateway, ['infra', '--json', '--host', ADDRESS.outside], 'outside')
          await infra.until(/"ready".*\n/)
          const { servers } = JSON.parse(infra.said().split('\n')[0] ?? '') as { servers: object }
          writeFileSync(path('servers.json'), JSON.stringify(servers))
          const command = (role: Role, ...args: readonly string[]) => {
            const identity = path(`${role}-${args[0]}`)
            const common = ['--json', '--servers', path('servers.json'), '--identity', identity]
            return startCommand(gateway, [...args, ...common], role)
          }
          /** One node listens, the other side calls it. */
          const expectReached = async (listener: Role, caller: Role, strategy: string) => {
            const node = command(listener, 'listen', '--echo')
            await node.until(/"listening".*\n/)
            const [, id = ''] = /"id":"(\w+)"/.exec(node.said()) ?? []
            const how = ['--strategies', strategy, '--send', 'ECHO hello', '--recv', '5']
            const call = command(caller, 'connect', id, ...how)
            expect([await call.ended(), call.said()]).toEqual([0, expect.stringContaining('"text":"hello"')])
            expect(call.said()).toContain(`"strategy":"${strategy}"`)
            node.child.kill('SIGTERM')
            await node.ended()
          }
          // One after the other: four nodes that start at once share two processors, and have 4 s for their broker.
          await expectReached('client', 'outside', 'direct')
          await expectReached('outside', 'client', 'reverse')
          infra.child.kill('SIGTERM')
          await infra.ended()
          await expectReleased(gateway, folder)
        },
        { natPmp: false },
      ),
    LIMIT_MS,
  )
})
