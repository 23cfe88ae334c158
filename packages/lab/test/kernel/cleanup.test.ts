import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { afterEach, expect, test } from '@jest/globals'
import { programFile } from '@p2pd/netif/testing'
import { KernelInternet } from '../../src/kernel/kernel-internet.ts'
import { labProcesses } from '../../src/kernel/namespaces/lab-tag.ts'
import type { Scenario } from '../../src/scenario.ts'
import { describeKernel } from './lab.ts'

const twoHosts: Scenario = { hosts: [{ name: 'alice' }, { name: 'bob' }] }
const threeHosts: Scenario = {
  hosts: [{ name: 'server' }, { name: 'alice', behind: 'home' }, { name: 'bob', behind: 'office' }],
  boxes: [
    { name: 'home', preset: 'home' },
    { name: 'office', preset: 'corporate' },
  ],
}

const fixture = programFile('hold-lab')

/** Runs a program as the user nobody, who may open /dev/net/tun, as on every Debian machine. */
const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
const openTun = 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200'
const asNobody = ['unshare', '--mount', 'sh', '-c', `${openTun} && exec "$@"`, 'sh', ...nobody]

function canBeNobody(): boolean {
  return process.getuid?.() === 0 && spawnSync('env', [...nobody, 'test', '-r', fixture]).status === 0
}

/** The processes of the labs that a process made. */
function processesOf(pid: number | undefined): number[] {
  return labProcesses().flatMap((each) => (each.tag.split('-')[1] === String(pid) ? [each.pid] : []))
}

/** The network namespaces of processes. */
function namespacesOf(pids: readonly number[]): Set<string> {
  return new Set(pids.map((pid) => readlinkSync(`/proc/${pid}/ns/net`)))
}

describeKernel('a kernel Internet leaves nothing behind', () => {
  const open: ChildProcess[] = []
  afterEach(() => {
    for (const child of open.splice(0)) child.kill('SIGKILL')
  })

  /** Runs the fixture and waits until its lab is up. */
  async function holdLab(
    prefix: readonly string[] = [],
  ): Promise<{ child: ChildProcess; daemon: number; address: string }> {
    const [command, ...args] = [...prefix, process.execPath, fixture]
    const child = spawn(command as string, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    open.push(child)
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, ...(JSON.parse(line.toString()) as { daemon: number; address: string }) }
  }

  test('three hosts are up, and later gone with every program on them', async () => {
    const net = await KernelInternet.create({ scenario: threeHosts })
    // Those of the three hosts, and that of this process, in which socat starts.
    expect(namespacesOf(processesOf(process.pid)).size).toBeGreaterThanOrEqual(3)
    const { stdout } = await net
      .host('alice')
      .exec('sh', ['-c', 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'])
    expect(processesOf(process.pid)).toContain(Number(stdout))
    await net.close()
    expect(processesOf(process.pid)).toEqual([])
    await net.close()
  })

  test('a lab that cannot be built is taken down, and says why', async () => {
    const created = KernelInternet.create({
      scenario: threeHosts,
      realRouters: { home: { ruleset: () => 'table ip nat { chain fwd { nonsense } }' } },
    })
    const message = expect.stringMatching(/^host "home": could not be set up.*nonsense/s)
    await expect(created).rejects.toMatchObject({ code: 'LAB_NAMESPACE_FAILED', message })
    expect(processesOf(process.pid)).toEqual([])
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('a program that %s ends takes its lab along', async (name) => {
    const { child, daemon } = await holdLab()
    expect(processesOf(child.pid)).toContain(daemon)
    child.kill(name)
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect(signal).toBe(name)
    expect(processesOf(child.pid)).toEqual([])
  })

  test('what a killed run leaves behind is removed by the next one, and nothing else', async () => {
    const [killed, alive] = [await holdLab(), await holdLab()]
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    const next = await KernelInternet.create({ scenario: twoHosts })
    expect(processesOf(killed.child.pid)).toEqual([])
    expect(processesOf(alive.child.pid)).toContain(alive.daemon)
    alive.child.stdin?.write('close')
    expect(await once(alive.child, 'exit')).toEqual([0, null])
    expect(processesOf(alive.child.pid)).toEqual([])
    await next.close()
  })

  test('two labs of one scenario run at once, each with an Internet of its own', async () => {
    const nets = await Promise.all([1, 2].map(() => KernelInternet.create({ scenario: threeHosts })))
    const heard = nets.map(async (net, index) => {
      const [server, alice] = [net.host('server'), net.host('alice')]
      const socket = await server.network.bindUdp({ local: { ip: server.ip, port: 4000 } })
      const got = new Promise<string>((resolve) => {
        socket.onMessage((data) => resolve(new TextDecoder().decode(data)))
      })
      const sender = await alice.network.bindUdp({ local: { ip: alice.ip, port: 4000 } })
      sender.send(new TextEncoder().encode(`lab ${index}`), socket.local)
      return got
    })
    expect(await Promise.all(heard)).toEqual(['lab 0', 'lab 1'])
    await Promise.all(nets.map((net) => net.close()))
  })

  const ways = [
    ['root of a user namespace', ['unshare', '--user', '--map-root-user', '--net'], undefined],
    ['an ordinary user', asNobody, canBeNobody() ? undefined : 'nobody cannot be tried here'],
  ] as const
  for (const [who, prefix, problem] of ways) {
    const title = `${who} can make a kernel Internet`
    const run = problem === undefined ? test : test.skip
    run(problem === undefined ? title : `${title} (skipped: ${problem})`, async () => {
      const { child, address } = await holdLab(prefix)
      expect(address).toMatch(/^eth0\s+UP\s+5\.5\.0\.2\/32/)
      child.stdin?.write('close')
      expect(await once(child, 'exit')).toEqual([0, null])
      expect(processesOf(child.pid)).toEqual([])
    })
  }
})
