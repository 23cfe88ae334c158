import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { createServer, type AddressInfo } from 'node:net'
import { inFolder, run, writeServers } from '../testdata/run.ts'
import { unusedPort } from '../testdata/unused-port.ts'

const NO_SERVERS = { stun: [], mqtt: [], turn: [] }

test('a line of progress while it works, the result on standard output', () =>
  inFolder(async (path) => {
    const check = run(['netcheck', '--servers', writeServers(path('servers.json'), NO_SERVERS)])
    expect(await check.status).toBe(0)
    expect(check.errors()).toMatch(/^Checking NICs: \d+, STUN servers: 0$/m)
    expect(await check.text()).not.toContain('Checking NICs')
  }))

test('--watch goes on until it is interrupted, and ends well', () =>
  inFolder(async (path) => {
    const servers = writeServers(path('servers.json'), NO_SERVERS)
    const watch = run(['netcheck', '--watch', '--json', '--servers', servers])
    expect(await watch.next()).toHaveProperty('interfaces')
    watch.interrupt()
    expect(await watch.status).toBe(0)
  }))

test('TURN servers: round trip and what they relay, or that the credentials are refused, without them', () =>
  inFolder(async (path) => {
    const turn = { users: { u: 'p' }, allowPrivatePeers: true }
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
    const known = infra.servers.turn
    const wrong = known.slice(0, 1).map((server) => ({ ...server, credential: 'geheim' }))
    const file = writeServers(path('servers.json'), { ...NO_SERVERS, turn: [...known, ...wrong] })
    const check = run(['netcheck', '--json', '--servers', file])
    const relay = { server: expect.stringContaining('turn:127.0.0.1'), ok: true, rttMs: expect.any(Number) }
    expect((await check.next())['turn']).toEqual([
      { ...relay, udp: ['IPv4'] },
      { ...relay, udp: ['IPv4'], tcp: true },
      { server: known[0]?.uri, ok: false, reason: expect.stringMatching(/^credentials refused: .*401/) },
    ])
    expect(await check.status).toBe(0)
    expect(check.errors()).not.toContain('geheim')
    await infra.close()
  }))

/** A broker that accepts a client, and answers nothing after that. MQTT 3.1.1 §3.2. */
async function startMute() {
  const server = createServer((client) => {
    client.on('error', () => {})
    client.once('data', (hello: Buffer) => {
      const version = hello[8] ?? 0
      client.write(version === 5 ? Uint8Array.of(0x20, 3, 0, 0, 0) : Uint8Array.of(0x20, 2, 0, 0))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `mqtt://user:sec@ret@127.0.0.1:${port}`, shown: `mqtt://127.0.0.1:${port}`, server }
}

test('I1: fault 16: a broker that never answers SUBSCRIBE is one line, its password is not shown, and netcheck ends', () =>
  inFolder(async (path) => {
    const { url, shown, server } = await startMute()
    const servers = writeServers(path('servers.json'), { ...NO_SERVERS, mqtt: [url] })
    const check = run(['netcheck', '--json', '--servers', servers])
    const { mqtt } = await check.next()
    expect(mqtt).toEqual([{ server: shown, ok: false, reason: 'no answer within 8 s' }])
    // Of the servers none has answered; there is one object nevertheless.
    expect([await check.status, (await check.text()).trim().split('\n').length]).toEqual([1, 1])
    expect(check.errors()).toContain('the one server does not answer: no answer within 8 s')
    expect(check.errors()).toContain(`failed  ${shown}  no answer within 8 s`)
    expect(check.errors()).not.toContain('ret@')
    await new Promise((resolve) => server.close(resolve))
  }))

test('I1: fault 16: one interruption ends netcheck while a broker is being waited for', () =>
  inFolder(async (path) => {
    const { url, server } = await startMute()
    const servers = writeServers(path('servers.json'), { ...NO_SERVERS, mqtt: [url] })
    const check = run(['netcheck', '--servers', servers])
    const connected = new Promise((resolve) => server.once('connection', resolve))
    await connected
    check.interrupt()
    expect([await check.status, await check.text()]).toEqual([1, ''])
    expect(check.errors()).not.toContain('no answer')
    await new Promise((resolve) => server.close(resolve))
  }))

test('netcheck prints one object, and names each server that is dead', () =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    const dead = `mqtt://127.0.0.1:${await unusedPort()}`
    const { stun, mqtt } = infra.servers
    const servers = writeServers(path('servers.json'), { stun, mqtt: [...mqtt, dead] })
    const check = run(['netcheck', '--json', '--servers', servers])
    const report = await check.next()
    expect(await check.status).toBe(0)
    expect(Object.keys(report)).toEqual(['interfaces', 'stun', 'mqtt', 'turn', 'portmap', 'elapsedMs'])
    expect(report.stun).toContainEqual(
      expect.objectContaining({ server: stun[0], ok: true, rttMs: expect.any(Number) }),
    )
    expect(report.mqtt).toEqual([
      { server: mqtt[0], ok: true, rttMs: expect.any(Number) },
      { server: dead, ok: false, reason: expect.stringContaining('refused') },
    ])
    const forPeople = run(['netcheck', '--servers', servers])
    expect(await forPeople.status).toBe(0)
    expect(await forPeople.text()).toContain(dead)
    await infra.close()
  }))
