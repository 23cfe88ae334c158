import { expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { startInfra } from '@p2pd/infra'
import { inFolder, run, writeServers } from './testdata/run.ts'
import { asModule, commandLine, objectsOf, outcome, quoted, start } from './testdata/start-process.ts'

const onDevFull = existsSync('/dev/full') ? test : test.skip
const onUserIds = process.getuid?.() === 0 ? test : test.skip

/** Lets a package be missing that the modules of the commands import; the compiled program loads these by name. */
const withoutLibrary = asModule(`
  import { register } from 'node:module'
  register(${JSON.stringify(
    asModule(`export async function resolve(specifier, context, next) {
      if (!/^[.][/](id|connect)-/.test(specifier)) return next(specifier, context)
      const message = 'Cannot find package\\n  @p2pd/node/identity'
      throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
    }`),
  )})
`)

const asUnknownUser = asModule('process.setuid(54321)')

test("I1: fault 17: a command whose module can't be loaded says so in one line, with --json as an object too", async () => {
  const node = ['--import', withoutLibrary]
  const [status, output, errors] = await outcome(start(['id'], { node }))
  expect([status, output]).toEqual([1, ''])
  expect(errors).toBe('p2pd: Cannot find package @p2pd/node/identity\n')
  const [, object] = await outcome(start(['connect', 'self', '--json'], { node }))
  expect(JSON.parse(object)).toMatchObject({ event: 'failed', code: 'ERR_MODULE_NOT_FOUND', report: [] })
}, 30_000)

onDevFull(
  "I1: fault 23: standard output that can't be written is one line on standard error and status 1",
  () =>
    inFolder(async (path) => {
      const full = createWriteStream('/dev/full')
      await once(full, 'open')
      const { fd } = full as unknown as { fd: number }
      const id = start(['id', '--identity', path('me.pem')], { stdout: fd })
      const [status, , errors] = await outcome(id)
      full.destroy()
      expect([status, errors]).toEqual([
        1,
        expect.stringMatching(/^p2pd: standard output can't be written: the disk is full\n$/),
      ])
    }),
  30_000,
)

test(
  'I1: fault 23: a reader of standard output that goes away ends the command quietly',
  () =>
    inFolder(async (path) => {
      const id = start(['id', '--identity', path('me.pem')])
      id.stdout?.destroy()
      expect(await text(id.stderr as NodeJS.ReadableStream)).toBe('')
    }),
  30_000,
)

test(
  'I1: fault 24: a listener whose reader of standard error goes away drops its messages and goes on serving',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
      const listener = start(['listen', '--echo', ...servers, '--identity', path('bob.pem')])
      try {
        const lines = createInterface(listener.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]()
        const { id } = JSON.parse((await lines.next()).value as string) as { id: string }
        listener.stderr?.destroy()
        for (const name of ['alice.pem', 'carol.pem']) {
          const me = ['--identity', path(name), '--send', 'hello', '--recv', '5']
          expect(await run(['connect', id, ...servers, ...me]).status).toBe(0)
        }
      } finally {
        listener.kill()
        await infra.close()
      }
    }),
  30_000,
)

test(
  'a reader of standard output that goes before a pipe is done makes the command fail, and it says so',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
      const listener = run(['listen', '--json', '--echo', ...servers, '--identity', path('bob.pem')])
      try {
        const { id } = await listener.next()
        const command = quoted(
          commandLine(['connect', String(id), ...servers, '--identity', path('alice.pem')]),
        )
        const caller = `{ ${command}; echo $? > ${path('status')}; }`
        const shell = spawn('sh', ['-c', `head -c 4000000 /dev/zero | ${caller} | head -c 10`], {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, NODE_OPTIONS: '' },
        })
        const [, output, errors] = await outcome(shell)
        expect([output.length, readFileSync(path('status'), 'utf8')]).toEqual([10, '1\n'])
        expect(errors).toContain('the reader has gone')
      } finally {
        listener.interrupt()
        await listener.status
        await infra.close()
      }
    }),
  30_000,
)

test(
  'I1: faults 14, 15: a filter behind a listener sees the end of its input, and its answer arrives, thinking included',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
      const { id } = JSON.parse(await run(['id', '--json', '--identity', path('bob.pem')]).text()) as {
        id: string
      }
      const fifo = path('fifo')
      const command = commandLine(['listen', ...servers, '--identity', path('bob.pem')])
      const service = '(lines=$(tac); sleep 2; echo "$lines")'
      const script = `mkfifo ${fifo}; ${quoted(command)} < ${fifo} | ${service} > ${fifo}`
      const listener = spawn('sh', ['-c', script], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '' },
      })
      try {
        // A call lives for 10 s, and a busy machine may start the listener later than that.
        await once(createInterface({ input: listener.stderr }), 'line')
        const caller = run(['connect', id, ...servers, '--identity', path('alice.pem')])
        caller.stdin.end('one\ntwo\n')
        expect(await caller.text()).toBe('two\none\n')
        const [, , errors] = await outcome(listener)
        expect([await caller.status, listener.exitCode, errors]).toEqual([0, 0, expect.any(String)])
      } finally {
        listener.kill()
        await infra.close()
      }
    }),
  30_000,
)

test('I1: fault 26: a command that is done ends its process, whatever a package left open', async () => {
  const leftOpen = asModule('setInterval(() => {}, 1000)')
  await inFolder(async (path) => {
    const id = start(['id', '--identity', path('me.pem')], { node: ['--import', leftOpen] })
    expect(await outcome(id)).toEqual([0, expect.stringMatching(/^[a-z2-7]{56}\n$/), ''])
  })
}, 30_000)

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a command that %s ends has status %i',
  async (signal, status) => {
    const infra = start(['infra', '--mqtt-port', '0', '--stun-port', '0', '--json'])
    await once(infra.stdout as NodeJS.ReadableStream, 'data')
    infra.kill(signal)
    expect((await outcome(infra))[0]).toBe(status)
  },
  30_000,
)

onUserIds(
  'I1: fault 18: a user without an entry in the password file and without HOME gives files by options',
  async () => {
    const env = { HOME: undefined, XDG_CONFIG_HOME: undefined }
    const [status, , errors] = await outcome(start(['id'], { env, node: ['--import', asUnknownUser] }))
    expect([status, errors]).toEqual([
      1,
      expect.stringMatching(/^p2pd: this user has no home folder: [^\n]*\n$/),
    ])
    const options = ['--identity', '/nowhere/me.pem', '--servers', '/nowhere/servers.json']
    const connect = start(['connect', 'self', ...options], { env, node: ['--import', asUnknownUser] })
    expect(await outcome(connect)).toEqual([1, '', expect.stringMatching(/servers\.json can't be read/)])
  },
  30_000,
)

onUserIds(
  'I1: fault 18: a daemon starts for such a user, whose settings are in XDG_CONFIG_HOME',
  () =>
    inFolder(async (path) => {
      // The user of this test does not own the folder.
      chmodSync(path('.'), 0o777)
      const env = { HOME: undefined, XDG_CONFIG_HOME: path('settings') }
      const servers = writeServers(path('servers.json'), { mqtt: [] })
      const args = ['daemon', '--port', '0', '--json', '--servers', servers, '--identity', path('me.pem')]
      const daemon = start(args, { env, node: ['--import', asUnknownUser] })
      const [said] = (await once(daemon.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
      expect(JSON.parse(said.toString())).toMatchObject({ url: expect.stringMatching(/^http/) })
      daemon.kill('SIGTERM')
      expect((await outcome(daemon))[0]).toBe(143)
    }),
  30_000,
)

onUserIds(
  'I1: fault 18: for such a user no unit is installed, and the reason is said',
  async () => {
    const env = { HOME: undefined, XDG_CONFIG_HOME: undefined }
    const install = [
      'daemon',
      '--install',
      '--identity',
      '/nowhere/me.pem',
      '--servers',
      '/nowhere/servers.json',
    ]
    for (const [options, reason] of [
      [['--user'], /^p2pd: this user has no home folder: set XDG_CONFIG_HOME\n$/],
      [[], /^p2pd: [^\n]*: run it as root, or with --user\n$/],
    ] as const) {
      const process = start([...install, ...options], { env, node: ['--import', asUnknownUser] })
      expect(await outcome(process)).toEqual([1, '', expect.stringMatching(reason)])
    }
  },
  30_000,
)

test(
  'I1: a command that GNU nohup has started outlives the hang-up of its terminal; any other ends',
  () =>
    inFolder(async (path) => {
      const servers = writeServers(path('servers.json'), { mqtt: [] })
      const args = ['listen', '--echo', '--json', '--servers', servers, '--identity', path('me.pem')]
      // GNU nohup opens standard input anew, for writing alone.
      for (const [before, status] of [
        ['exec 0>/dev/null', 143],
        ['exec 0</dev/null', 129],
      ] as const) {
        const listener = start(args, { before })
        const { address } = await objectsOf(listener)()
        const ended = once(listener, 'exit')
        listener.kill('SIGHUP')
        if (status === 143) {
          // It does not only outlive the signal: it serves.
          const call = ['connect', address as string, '--send', 'x', '--recv', '1', '--servers', servers]
          const caller = run([...call, '--identity', path('caller.pem')])
          expect([await caller.status, await caller.text()]).toEqual([0, 'x'])
          listener.kill('SIGTERM')
        }
        expect(await ended).toEqual([status, null])
      }
    }),
  30_000,
)
