import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { mosquittoMissing, startMosquitto, testCertificate, testKey } from '@p2pd/signal-mqtt/testing'
import { chmodSync, writeFileSync } from 'node:fs'
import { inFolder, run, writeServers } from './testdata/run.ts'
import { unusedPort } from './testdata/unused-port.ts'

let infra: Awaited<ReturnType<typeof startInfra>>

beforeAll(async () => {
  infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
})
afterAll(() => infra.close())

test('A1, D4: listen --echo and connect --send --recv print what programs rely on', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
    const listener = run(['listen', '--echo', ...servers, '--identity', path('bob.pem')])
    const listening = await listener.next()
    expect(listening).toEqual({
      event: 'listening',
      id: expect.stringMatching(/^[a-z2-7]{56}$/),
      address: expect.any(String),
    })

    const id = listening.id as string
    const hello = ['--send', 'hello', '--recv', '5']
    const caller = run(['connect', id, ...servers, '--identity', path('alice.pem'), ...hello])
    const connected = await caller.next()
    expect(connected).toEqual({
      event: 'connected',
      peer: id,
      strategy: 'direct',
      elapsedMs: expect.any(Number),
      startMs: expect.any(Number),
      local: expect.stringMatching(/:\d+$/),
      remote: expect.stringMatching(/:\d+$/),
      encrypted: true,
      report: expect.arrayContaining([expect.objectContaining({ strategy: 'direct', outcome: 'won' })]),
    })
    expect(await caller.next()).toEqual({
      event: 'received',
      data: 'aGVsbG8=',
      text: 'hello',
      bytes: 5,
      firstByteMs: expect.any(Number),
    })
    expect(await caller.status).toBe(0)
    const alice = JSON.parse(await run(['id', '--json', '--identity', path('alice.pem')]).text()) as {
      id: string
    }
    expect(await listener.next()).toEqual({
      event: 'pipe',
      peer: alice.id,
      strategy: 'direct',
      local: connected.remote,
      remote: connected.local,
    })
    listener.interrupt()
    expect(await listener.status).toBe(0)
  }))

test.each([['reverse'], ['tcp-punch'], ['udp-punch']])('connect --strategies %s', (strategy) =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
    const listener = run(['listen', '--echo', ...servers, '--identity', path('bob.pem')])
    const { id } = await listener.next()
    const target = ['connect', id as string, '--strategies', strategy, '--identity', path('alice.pem')]
    const caller = run([...target, ...servers, '--send', 'hello', '--recv', '5'])
    expect(await caller.next()).toMatchObject({ event: 'connected', strategy, encrypted: true })
    expect(await caller.next()).toMatchObject({ event: 'received', text: 'hello' })
    expect(await caller.status).toBe(0)
    expect(await listener.next()).toMatchObject({ event: 'pipe', strategy })
    listener.interrupt()
    expect(await listener.status).toBe(0)
  }),
)

test('connect and listen --relay only, through the embedded TURN server', () =>
  inFolder(async (path) => {
    const turn = { users: { u: 'p' }, allowPrivatePeers: true }
    const relaying = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
    try {
      const servers = ['--servers', writeServers(path('servers.json'), relaying.servers), '--json']
      const how = [...servers, '--relay', 'only']
      const listener = run(['listen', '--echo', '--once', ...how, '--identity', path('bob.pem')])
      const { id } = await listener.next()
      const target = ['connect', id as string, '--relay', 'only', '--identity', path('alice.pem')]
      const caller = run([...target, ...servers, '--send', 'hello', '--recv', '5'])
      const reason = 'relayed, because only a relay was asked for'
      const report = expect.arrayContaining([expect.objectContaining({ outcome: 'won', reason })])
      expect(await caller.next()).toMatchObject({ event: 'connected', strategy: 'relay', report })
      expect(await caller.next()).toMatchObject({ event: 'received', text: 'hello' })
      expect([await caller.status, await listener.status]).toEqual([0, 0])
    } finally {
      await relaying.close()
    }
  }))

const onMosquitto = mosquittoMissing === undefined ? test : test.skip
onMosquitto(
  `the same with Mosquitto in place of the embedded broker${mosquittoMissing === undefined ? '' : ` (skipped: ${mosquittoMissing})`}`,
  () =>
    inFolder(async (path) => {
      const mosquitto = await startMosquitto()
      try {
        const servers = ['--servers', writeServers(path('servers.json'), { mqtt: [mosquitto.url] }), '--json']
        const listener = run(['listen', '--echo', '--once', ...servers, '--identity', path('bob.pem')])
        const { id } = await listener.next()
        const send = ['--send', 'hello', '--recv', '5']
        const caller = run(['connect', id as string, ...servers, '--identity', path('alice.pem'), ...send])
        expect(await caller.next()).toMatchObject({ event: 'connected', peer: id, encrypted: true })
        expect(await caller.next()).toMatchObject({ event: 'received', text: 'hello', bytes: 5 })
        expect([await caller.status, await listener.status]).toEqual([0, 0])
      } finally {
        await mosquitto.close()
      }
    }),
)

test("P2PD's ECHO word works, and so does the address, without --json", () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const listener = run(['listen', '--echo', '--once', '--json', ...servers, '--identity', path('bob.pem')])
    const { address } = await listener.next()
    const echo = ['--send', 'ECHO hi', '--recv', '2']
    const caller = run(['connect', address as string, ...servers, '--identity', path('alice.pem'), ...echo])
    expect(await caller.text()).toBe('hi')
    expect(await caller.status).toBe(0)
    expect(await listener.status).toBe(0)
  }))

test('an address is called without any broker', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('none.json'), {})]
    const listener = run(['listen', '--echo', '--once', '--json', ...servers, '--identity', path('bob.pem')])
    const { address, id } = await listener.next()
    const mine = [...servers, '--identity', path('alice.pem')]
    const caller = run(['connect', String(address), ...mine, '--send', 'hi', '--recv', '2'])
    expect(await caller.text()).toBe('hi')
    expect(caller.errors()).toContain('only addresses can be called')
    expect([await caller.status, await listener.status]).toEqual([0, 0])
    const lost = run(['connect', String(id), ...mine])
    expect(await lost.status).toBe(1)
    expect(lost.errors()).toMatch(/^p2pd: no MQTT broker is configured: [^\n]*\n$/)
  }))

test('without --echo a pipe joins the standard streams of both commands', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const listener = run(['listen', ...servers, '--identity', path('bob.pem'), '--log-level', 'info'])
    const { id } = JSON.parse(await run(['id', '--json', '--identity', path('bob.pem')]).text()) as {
      id: string
    }
    const caller = run(['connect', id, ...servers, '--identity', path('alice.pem')])
    caller.stdin.end('from the caller')
    listener.stdin.end('from the listener')
    expect(await caller.text()).toBe('from the listener')
    expect(await listener.text()).toBe('from the caller')
    expect([await caller.status, await listener.status]).toEqual([0, 0])
  }))

test('connect self connects a node to itself', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const what = ['--send', 'x', '--recv', '0', '--report']
    const caller = run(['connect', 'self', '--json', ...servers, '--identity', path('me.pem'), ...what])
    expect(await caller.next()).toMatchObject({ event: 'connected', strategy: 'direct', encrypted: true })
    expect(await caller.status).toBe(0)
    expect(caller.errors()).toContain('connected and authenticated')
  }))

test('a peer that is not there is given up, with the next thing to try', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
    const { id } = JSON.parse(await run(['id', '--json', '--identity', path('absent.pem')]).text()) as {
      id: string
    }
    const caller = run(['connect', id, ...servers, '--identity', path('alice.pem')])
    expect(await caller.next()).toEqual({
      event: 'failed',
      code: 'NODE_NO_ANSWER',
      reason: expect.stringContaining('compare both servers files'),
      report: [],
    })
    expect(await caller.status).toBe(1)
    // A person sees after a second that the call goes on.
    expect(caller.errors()).toMatch(/^([^\n]* \.\.\.[^\n]*\n)+p2pd: no answer within 10 s[^\n]*\n$/)
  }))

test('infra prints a servers file, and says which port is taken', () =>
  inFolder(async (path) => {
    const first = run(['infra', '--mqtt-port', '0', '--stun-port', '0', '--json'])
    const { event, servers } = (await first.next()) as { event: string; servers: { mqtt: string[] } }
    expect(event).toBe('ready')
    const id = run([
      'connect',
      'self',
      '--servers',
      writeServers(path('s.json'), servers),
      '--identity',
      path('id.pem'),
      '--send',
      'x',
    ])
    expect(await id.status).toBe(0)
    const port = new URL(servers.mqtt[0] ?? '').port
    const second = run(['infra', '--mqtt-port', port, '--stun-port', '0', '--json'])
    expect(await second.next()).toMatchObject({
      event: 'failed',
      reason: expect.stringMatching(new RegExp(`127.0.0.1:${port}: .*--mqtt-port 0 takes a free one`)),
    })
    expect(await second.status).toBe(1)
    first.interrupt()
    expect(await first.status).toBe(0)
  }))

test('infra serves TLS with a certificate, and says what is wrong with the files', () =>
  inFolder(async (path) => {
    writeFileSync(path('cert.pem'), testCertificate)
    writeFileSync(path('key.pem'), testKey)
    const ports = ['--mqtt-port', '0', '--stun-port', '0', '--json']
    const infra = run(['infra', ...ports, '--tls-cert', path('cert.pem'), '--tls-key', path('key.pem')])
    const { tlsServers } = (await infra.next()) as { tlsServers: { mqtt: string[] } }
    expect(tlsServers.mqtt[0]).toMatch(/^mqtts:\/\/127\.0\.0\.1:\d+$/)
    infra.interrupt()
    expect(await infra.status).toBe(0)

    const half = run(['infra', ...ports, '--tls-cert', path('cert.pem')])
    expect([await half.status, half.errors()]).toEqual([2, expect.stringContaining('give both')])
    const missing = run(['infra', ...ports, '--tls-cert', path('none.pem'), '--tls-key', path('key.pem')])
    expect(await missing.next()).toMatchObject({ code: 'CLI_FILE' })
    const swapped = run(['infra', ...ports, '--tls-cert', path('key.pem'), '--tls-key', path('cert.pem')])
    expect(await swapped.next()).toMatchObject({ code: 'INFRA_INVALID_ARGUMENT' })
    expect([await missing.status, await swapped.status]).toEqual([1, 1])
  }))

test('a broker that is down is named', () =>
  inFolder(async (path) => {
    const url = `mqtt://127.0.0.1:${await unusedPort()}`
    const servers = [
      '--servers',
      writeServers(path('servers.json'), { mqtt: [url] }),
      '--identity',
      path('a.pem'),
    ]
    const listener = run(['listen', '--echo', ...servers])
    expect(await listener.status).toBe(1)
    expect(listener.errors()).toMatch(
      new RegExp(`^(Connecting[^\\n]*\\n)*p2pd: [^\\n]*${url}: [^\\n]*refused[^\\n]*\\n$`),
    )
  }))

test('D4: mistakes are reported in one line each', () =>
  inFolder(async (path) => {
    const identity = ['--identity', path('a.pem')]
    const { id } = JSON.parse(await run(['id', '--json', ...identity]).text()) as { id: string }
    const wrong = writeServers(path('wrong.json'), { stun: ['http://x'] })
    const cases: [string[], number, RegExp][] = [
      [['connect', id.slice(1)], 1, /it has 55 characters instead of 56/],
      [['connect', `${id.startsWith('a') ? 'b' : 'a'}${id.slice(1)}`], 1, /its checksum does not match/],
      [['connect', 'self', '--servers', wrong], 1, /wrong\.json: stun\[0\]: "http:\/\/x" is not a stun URI/],
      [['listen', '--servers', path('missing.json')], 1, /missing\.json can't be read/],
      [['connect', 'self', '--strategies', 'teleport'], 2, /"teleport" is none of direct/],
      [['connect', 'self', '--timeout', 'soon'], 2, /Give a duration/],
      ...['connect x', 'ping x', 'forward 1 x:1', 'send x y', 'receive', 'serve 1', 'listen', 'doctor x'].map(
        (line): [string[], number, RegExp] => [
          [...line.split(' '), '--relay', 'often'],
          2,
          /early, last, never, only/,
        ],
      ),
      [['infra', '--mqtt-port', '70000'], 2, /Give a port from 0 to 65535/],
      [['frobnicate'], 2, /unknown command 'frobnicate'/],
      [['connect'], 2, /missing required argument 'target'/],
    ]
    for (const [args, status, message] of cases) {
      const command = run([...args, ...(args[0] === 'frobnicate' ? [] : identity)])
      expect([args, await command.status]).toEqual([args, status])
      expect(command.errors()).toMatch(message)
      expect(await command.text()).toBe('')
    }
    chmodSync(path('a.pem'), 0o644)
    const readable = run(['id', ...identity])
    expect(await readable.status).toBe(1)
    expect(readable.errors()).toContain(`run \`chmod 600 ${path('a.pem')}\``)
  }))

test('--help and --version are answered', async () => {
  const help = run(['--help'])
  expect(await help.status).toBe(0)
  expect(await help.text()).toContain('connect [options] <target>')
  expect(await run(['--version']).status).toBe(0)
  expect(await run(['connect', '--help']).status).toBe(0)
})
