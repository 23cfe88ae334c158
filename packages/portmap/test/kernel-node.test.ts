import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { programFile } from '@p2pd/netif/testing'
import { ADDRESS, type GatewaySettings, RealGateway, whyNoRealGateway } from './real-gateway.ts'

const reason = whyNoRealGateway()
const suite = reason === undefined ? describe : describe.skip
const LIMIT_MS = 90_000

/** Starts the command on a host; `until` waits for words of it, and `ended` gives its exit status. */
function startCommand(gateway: RealGateway, args: readonly string[], role: 'client' | 'outside' = 'client') {
  const joined = ['sh', '-c', 'exec "$@" 2>&1', 'sh', process.execPath, programFile('bin'), ...args]
  const child = gateway.spawn(role, joined)
  let said = ''
  let arrived = () => {}
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString()
    arrived()
  })
  const ended = once(child, 'close').then(([status]) => status as number | null)
  const until = async (words: RegExp) => {
    const more = () => new Promise<boolean>((resolve) => (arrived = () => resolve(true)))
    while (!words.test(said)) if (!(await Promise.race([more(), ended.then(() => false)]))) break
    expect(said).toMatch(words)
  }
  return { child, ended, until, said: () => said }
}

/** A real gateway, and a folder for the files of the command. */
async function withGateway(
  work: (gateway: RealGateway, folder: string) => Promise<void>,
  settings: GatewaySettings = {},
): Promise<void> {
  const gateway = await RealGateway.make(settings)
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-mapped-'))
  try {
    await gateway.start()
    await work(gateway, folder)
  } finally {
    await gateway.close()
    rmSync(folder, { recursive: true })
  }
}

const leaseFilesIn = (folder: string) =>
  readdirSync(folder).filter((name) => /^port-mappings-.*\.json$/.test(name))

suite(`E1: the command at a real miniupnpd${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  test.concurrent(
    'a listening node has its port mapped until SIGTERM; what a crash left is released by the next node',
    () =>
      withGateway(async (gateway, folder) => {
        const [servers, identity] = [join(folder, 'servers.json'), join(folder, 'identity.pem')]
        writeFileSync(servers, JSON.stringify({ stun: ['stun:5.5.5.9:3478'], mqtt: [], turn: [] }))
        const listen = ['listen', '--log-level', 'debug', '--servers', servers, '--identity', identity]
        for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
          const node = startCommand(gateway, listen)
          await node.until(/"ip":"192\.168\.7\.2","status":"mapped"/)
          await node.until(/"ip":"2001:db8:7::2","status":"mapped"/)
          if (signal === 'SIGTERM') await node.until(/port-mappings-released {"count":2}/)
          expect(await gateway.rules()).toContain(`dnat ip to ${ADDRESS.client}:`)
          expect(leaseFilesIn(folder)).toHaveLength(1)
          node.child.kill(signal)
          await node.ended
        }
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
        expect(await map.ended).toBe(0)
        expect(map.said()).toContain('tcp 5.5.5.1:4000 -> 192.168.7.2:4000 by pcp of 192.168.7.1')
        expect(await gateway.rules()).toContain(`dnat ip to ${ADDRESS.client}:4000`)
        const release = startCommand(gateway, [...ask, '--release'])
        expect([await release.ended, release.said()]).toEqual([0, 'Released 4 mappings.\n'])
        expect(await gateway.rules()).not.toContain('dport')
      }),
    LIMIT_MS,
  )

  test.concurrent(
    'A3: a node behind a NAT with random ports and UPnP is reached by direct, and reaches others by reverse',
    () =>
      withGateway(
        async (gateway, folder) => {
          const path = (name: string) => join(folder, name)
          const infra = startCommand(gateway, ['infra', '--json', '--host', ADDRESS.outside], 'outside')
          await infra.until(/"ready".*\n/)
          const { servers } = JSON.parse(infra.said().split('\n')[0] ?? '') as { servers: object }
          writeFileSync(path('servers.json'), JSON.stringify(servers))
          const command = (name: string, ...args: readonly string[]) => {
            const [identity, role] = [path(name), name === 'inside' ? 'client' : 'outside'] as const
            const common = ['--json', '--servers', path('servers.json'), '--identity', identity]
            return startCommand(gateway, [...args, ...common], role)
          }
          for (const [listener, caller, strategy] of [
            ['inside', 'outside', 'direct'],
            ['outside', 'inside', 'reverse'],
          ] as const) {
            const node = command(listener, 'listen', '--echo')
            await node.until(/"listening".*\n/)
            const [, id = ''] = /"id":"(\w+)"/.exec(node.said()) ?? []
            const how = ['--strategies', strategy, '--send', 'ECHO hello', '--recv', '5']
            const call = command(caller, 'connect', id, ...how)
            expect([await call.ended, call.said()]).toEqual([0, expect.stringContaining('"text":"hello"')])
            expect(call.said()).toContain(`"strategy":"${strategy}"`)
            node.child.kill('SIGTERM')
            await node.ended
          }
          infra.child.kill('SIGTERM')
          await infra.ended
          expect(await gateway.rules()).not.toContain('dport')
        },
        { natPmp: false, randomPorts: true },
      ),
    LIMIT_MS,
  )
})
