import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { readFileSync, writeFileSync } from 'node:fs'
import { inFolder, run, type Running, writeServers } from '../../testdata/run.ts'

let infra: Awaited<ReturnType<typeof startInfra>>

beforeAll(async () => {
  infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
})
afterAll(() => infra.close())

const lines = async (command: Running) =>
  (await command.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('H5: doctor TARGET says by which path a peer is reached, and fails when it is not', () =>
  inFolder(async (path) => {
    const common = ['--json', '--servers', writeServers(path('servers.json'), infra.servers)]
    const listener = run(['listen', '--echo', ...common, '--identity', path('bob.pem')])
    const { id } = await listener.next()
    const well = run(['doctor', id as string, ...common, '--identity', path('alice.pem')])
    await well.status
    expect((await lines(well)).find(({ check }) => check === 'call')).toMatchObject({
      status: 'ok',
      evidence: expect.stringMatching(/^connected by direct in \d+ ms$/),
    })
    listener.interrupt()
    await listener.status
    const ill = run(['doctor', id as string, ...common, '--identity', path('alice.pem')])
    expect(await ill.status).toBe(1)
    expect((await lines(ill)).slice(-2)).toMatchObject([
      { check: 'call', status: 'fail', remedy: expect.stringContaining('p2pd listen') },
      { event: 'failed', code: 'CLI_DOCTOR' },
    ])
  }))

test('H5: doctor TARGET asks a peer that knows it, plans, tries and compares; the laboratory replays it', () =>
  inFolder(async (path) => {
    const common = ['--json', '--servers', writeServers(path('servers.json'), infra.servers)]
    const as = (user: string, ...args: string[]) =>
      run([...args, ...common, '--identity', path(`${user}.pem`)], {
        XDG_CONFIG_HOME: path(user),
        APPDATA: path(user),
      })
    const alice = await as('alice', 'id').next()
    expect(await as('bob', 'contact', 'add', 'alice', alice['id'] as string).status).toBe(0)
    const serving = as('bob', 'serve', '22')
    const { id } = await serving.next()
    const doctor = as('alice', 'doctor', id as string)
    const status = await doctor.status
    serving.interrupt()
    await serving.status
    expect([status, doctor.errors()]).toEqual([0, expect.stringContaining('direct')])
    const all = await lines(doctor)
    expect(all.filter(({ event }) => event === 'plan').map(({ strategy }) => strategy)).toEqual([
      'direct',
      'reverse',
      'tcp-punch',
      'udp-punch',
      'relay',
    ])
    expect(all.slice(-2)).toMatchObject([
      { check: 'call', status: 'ok', strategy: 'direct' },
      { check: 'plan', status: 'ok', evidence: 'direct was expected, and it was' },
    ])

    writeFileSync(path('report.jsonl'), await doctor.text())
    const replay = run(['lab', 'replay', path('report.jsonl'), '--output', path('scenario.json'), '--json'])
    const { scenario } = await replay.next()
    expect(JSON.parse(readFileSync(path('scenario.json'), 'utf8'))).toEqual(scenario)
    expect(await replay.next()).toMatchObject({ event: 'replay', reported: 'direct' })
    expect(await replay.status).toBe(0)
    writeFileSync(path('none.json'), '{"event":"connected"}')
    const none = run(['lab', 'replay', path('none.json'), '--json'])
    expect(await none.next()).toMatchObject({ event: 'failed', code: 'CLI_SCENARIO' })
    expect(await run(['lab', 'replay', path('none.json'), '--peer', 'nowhere']).status).toBe(2)
  }))

test('H5: a bug report has no secret, no host name and no address', () =>
  inFolder(async (path) => {
    const servers = writeServers(path('servers.json'), {
      mqtt: [infra.servers.mqtt[0], 'mqtt://user:pass-word@broker.invalid:1'],
      stun: infra.servers.stun,
    })
    const report = run(['bugreport', '--servers', servers, '--output', path('report.json')])
    expect(await report.status).toBe(0)
    const text = readFileSync(path('report.json'), 'utf8')
    expect(await report.text()).toBe(text)
    const replay = run(['lab', 'replay', path('report.json'), '--json'])
    expect(await replay.next()).toMatchObject({ event: 'scenario', scenario: { hosts: [{}, {}] } })
    expect(await replay.status).toBe(0)
    expect(JSON.parse(text)).toMatchObject({
      versions: { node: process.version },
      findings: expect.any(Array),
    })
    for (const secret of ['pass-word', 'broker.invalid', '127.0.0.1']) expect(text).not.toContain(secret)
    const full = run(['bugreport', '--servers', servers, '--full', '--json'])
    expect(await full.status).toBe(0)
    expect(await full.text()).toContain('127.0.0.1')
    expect(await full.text()).not.toContain('pass-word')
  }))

test('H5: status says that no daemon runs, or what its node does', () =>
  inFolder(async (path) => {
    const env = { XDG_CONFIG_HOME: path('c'), APPDATA: path('c') }
    const none = run(['status'], env)
    expect([await none.status, await none.text()]).toEqual([0, 'No daemon runs: p2pd daemon starts one.\n'])
    const servers = writeServers(path('servers.json'), infra.servers)
    const options = ['--port', '0', '--json', '--servers', servers, '--identity', path('me.pem')]
    const daemon = run(['daemon', ...options], env)
    await daemon.next()
    const status = run(['status', '--json'], env)
    expect(await status.next()).toMatchObject({
      running: true,
      brokers: [{ state: 'up' }],
      pipes: [],
      services: [{ name: 'files' }],
      forwards: [],
      transfers: [],
      waiting: [],
      problems: [],
    })
    const shown = await run(['status'], env).text()
    expect(shown).toMatch(/^node {5}[a-z2-7]{56}\ndaemon {3}http.*\nbrokers {2}1 of 1 up\n/)
    daemon.interrupt()
    expect(await daemon.status).toBe(0)
  }))

test('H1: a peer that waits is accepted or blocked, and stays so', () =>
  inFolder(async (path) => {
    const env = { XDG_CONFIG_HOME: path('c'), APPDATA: path('c') }
    const { id } = JSON.parse(await run(['id', '--json', '--identity', path('bob.pem')]).text()) as {
      id: string
    }
    expect(await run(['peers', 'pending', '--json'], env).text()).toBe('')
    const accepted = run(['peers', 'accept', id, '--remember', 'bob', '--allow', 'web', '--json'], env)
    expect(await accepted.next()).toMatchObject({
      event: 'accepted',
      name: 'bob',
      target: id,
      allow: ['web'],
    })
    const blocked = run(['peers', 'block', 'bob', '--json'], env)
    expect(await blocked.next()).toMatchObject({ event: 'blocked', name: 'bob', isBlocked: true })
    expect(await run(['contact', 'list', '--json'], env).next()).toMatchObject({
      name: 'bob',
      isBlocked: true,
    })
    expect(await run(['peers', 'accept', 'nobody'], env).status).toBe(1)
  }))
