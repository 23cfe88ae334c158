import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { KernelInternet } from '../../src/kernel/kernel-internet.ts'
import { runningHosts } from '../../src/kernel/running-hosts.ts'
import { runScenario } from '../../src/kernel/run-scenario.ts'
import type { Scenario } from '../../src/scenario.ts'
import { describeKernel } from './lab.ts'

/** The client tries until the server is up; then each has its answer. */
const scenario: Scenario = {
  hosts: [{ name: 'server' }, { name: 'alice', behind: 'home' }],
  boxes: [{ name: 'home', preset: 'home' }],
  names: { 'www.example.com': ['server'] },
  programs: [
    {
      host: 'server',
      command: ['socat', 'TCP4-LISTEN:80,fork,reuseaddr', 'SYSTEM:echo hello $SOCAT_PEERADDR'],
      background: true,
    },
    {
      host: 'alice',
      command: [
        'sh',
        '-c',
        'until test "$(socat -u TCP4:www.example.com:80 -)" = "hello 5.5.0.2"; do :; done; exit $ANSWER',
      ],
      environment: { ANSWER: '7' },
    },
  ],
}

describeKernel('programs of a scenario', () => {
  test('run on their hosts, find each other by name and tell how they ended', async () => {
    const results = await runScenario(scenario, { stdio: 'ignore' })
    expect(results).toEqual([{ program: scenario.programs?.[1], status: 7 }])
  })

  test('a link is captured as the wire has it, translated', async () => {
    const parts: Uint8Array[] = []
    await runScenario(scenario, {
      stdio: 'ignore',
      capture: { link: 'home', write: (bytes) => parts.push(bytes) },
    })
    const folder = mkdtempSync(join(tmpdir(), 'p2pd-pcap-'))
    const file = join(folder, 'home.pcap')
    writeFileSync(file, Buffer.concat(parts))
    const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE']
    const filter = 'tcp.port == 80 && ip.addr == 5.5.0.2 && !_ws.malformed && !tcp.checksum_bad.expert'
    const { stdout, error } = spawnSync('tshark', ['-r', file, ...checks, '-Y', filter])
    rmSync(folder, { recursive: true })
    // Without tshark, only that something was captured.
    const lines = error === undefined ? stdout.toString().trim().split('\n').length : parts.length - 1
    expect(lines).toBe(parts.length - 1)
    // Handshake, data, its acknowledgement or FIN: five at least.
    expect(lines).toBeGreaterThanOrEqual(5)
  })

  test('an unknown link is an error that names the known links', async () => {
    const capture = { link: 'office', write: () => {} }
    await expect(runScenario(scenario, { stdio: 'ignore', capture })).rejects.toMatchObject({
      code: 'LAB_UNKNOWN_NAME',
      message: expect.stringMatching(/office.*home, server\/eth0, alice\/eth0/),
    })
  })

  test('an aborted run ends its programs', async () => {
    const controller = new AbortController()
    const forever = { ...scenario, programs: [{ host: 'alice', command: ['sleep', '1000'] }] }
    const onUp = () => setImmediate(() => controller.abort())
    const results = await runScenario(forever, { stdio: 'ignore', onUp, signal: controller.signal })
    expect(results.map(({ status }) => status)).toEqual([null])
  })

  test('without programs to wait for a run lasts until it is aborted', async () => {
    const controller = new AbortController()
    const server = { host: 'server', command: ['sleep', '1000'], background: true }
    const started: string[] = []
    const results = await runScenario(
      { ...scenario, programs: [server] },
      {
        stdio: 'ignore',
        onStart: (program, child) => {
          started.push(program.host)
          child.once('spawn', () => controller.abort())
        },
        signal: controller.signal,
      },
    )
    expect({ results, started }).toEqual({ results: [], started: ['server'] })
  })

  test('hosts that are up can be found and entered from any process', async () => {
    const net = await KernelInternet.create({ scenario })
    const own = runningHosts().filter(({ lab }) => lab === net.id)
    expect(own.map(({ name }) => name).sort()).toEqual(['alice', 'server'])
    const alice = own.find(({ name }) => name === 'alice')
    const { command = '', args = [], env = {} } = alice?.enter ?? {}
    const script = 'echo $P2PD_LAB_IPV4 $P2PD_LAB_SERVER_IPV4; ip -4 -br address show eth0'
    const { stdout } = spawnSync(command, [...args, 'sh', '-c', script], { env, encoding: 'utf8' })
    expect(stdout).toMatch(/^192\.168\.1\.2 5\.5\.0\.3\neth0 +UP +192\.168\.1\.2\/24/)
    await net.close()
  })
})
