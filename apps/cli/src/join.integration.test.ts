import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { createHash, randomBytes } from 'node:crypto'
import { inFolder, run, type Running, writeServers } from './testdata/run.ts'

let infra: Awaited<ReturnType<typeof startInfra>>

beforeAll(async () => {
  infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
})
afterAll(() => infra.close())

/** A listener and a caller whose standard streams are joined, as soon as they are connected. */
async function withJoined(
  strategy: string,
  work: (listener: Running, caller: Running) => Promise<void>,
): Promise<void> {
  await inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
    const listener = run(['listen', ...servers, '--identity', path('bob.pem')])
    const { id } = await listener.next()
    const target = ['connect', id as string, '--strategies', strategy]
    const caller = run([...target, ...servers, '--identity', path('alice.pem')])
    await Promise.all([caller.next(), listener.next()])
    await work(listener, caller)
  })
}

/** The number of bytes that a command received, from its JSON objects. */
async function bytesReceived(command: Running): Promise<number> {
  const objects = (await command.text()).split('\n').filter((line) => line.includes('"received"'))
  return objects.reduce((sum, line) => sum + (JSON.parse(line) as { bytes: number }).bytes, 0)
}

test.each([['direct'], ['udp-punch']])(
  'all of a caller’s input arrives, however early the listener’s has ended, by %s',
  (strategy) =>
    withJoined(strategy, async (listener, caller) => {
      listener.stdin.end()
      for (let piece = 0; piece < 64; piece++) {
        if (!caller.stdin.write(Buffer.alloc(65_536, 97))) {
          await new Promise((resolve) => caller.stdin.once('drain', resolve))
        }
      }
      caller.stdin.end()
      expect([await caller.status, await listener.status]).toEqual([0, 0])
      expect(await bytesReceived(listener)).toBe(64 * 65_536)
    }),
)

test.each([['direct'], ['tcp-punch'], ['udp-punch']])(
  'a caller whose input has ended before it calls gets all that the listener has, by %s',
  (strategy) =>
    inFolder(async (path) => {
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
      const listener = run(['listen', ...servers, '--identity', path('bob.pem')])
      const { id } = await listener.next()
      const target = ['connect', id as string, '--strategies', strategy]
      const caller = run([...target, ...servers, '--identity', path('alice.pem')])
      caller.stdin.end()
      listener.stdin.end(Buffer.alloc(1_000_000, 97))
      expect([await caller.status, await listener.status]).toEqual([0, 0])
      expect(await bytesReceived(caller)).toBe(1_000_000)
    }),
)

test('any bytes pass unchanged, both ways', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const listener = run(['listen', ...servers, '--identity', path('bob.pem')])
    const { id } = JSON.parse(await run(['id', '--json', '--identity', path('bob.pem')]).text()) as {
      id: string
    }
    const caller = run(['connect', id, ...servers, '--identity', path('alice.pem')])
    const [there, back] = [randomBytes(3_000_000), randomBytes(2_000_000)]
    const heard = [listener, caller].map((command) => command.digest())
    caller.stdin.end(there)
    listener.stdin.end(back)
    expect([await caller.status, await listener.status]).toEqual([0, 0])
    expect(heard.map((hash) => hash())).toEqual([there, back].map((bytes) => sha256(bytes)))
  }))

test('a caller whose input has ended before it calls gets the echo of all of it', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const listener = run(['listen', '--echo', '--json', ...servers, '--identity', path('bob.pem')])
    const { id } = await listener.next()
    for (let round = 0; round < 5; round++) {
      const caller = run(['connect', id as string, ...servers, '--identity', path('alice.pem')])
      caller.stdin.end('a question')
      expect([await caller.text(), await caller.status]).toEqual(['a question', 0])
    }
    listener.interrupt()
    await listener.status
  }))

test('I1: fault 14: a listener goes on sending until its own input ends, however late after its caller’s', () =>
  withJoined('direct', async (listener, caller) => {
    caller.stdin.end('question')
    expect(await listener.next()).toMatchObject({ event: 'received', text: 'question' })
    expect(await listener.next()).toEqual({ event: 'ended' })
    listener.stdin.write('the ')
    expect(await caller.next()).toMatchObject({ text: 'the ' })
    listener.stdin.end('answer')
    expect([await caller.status, await listener.status]).toEqual([0, 0])
    expect(await bytesReceived(caller)).toBe(10)
  }))

test('I1: fault 15: input that a lost connection gives up is status 1 and named', () =>
  withJoined('direct', async (listener, caller) => {
    caller.stdin.end('question')
    expect(await listener.next()).toMatchObject({ text: 'question' })
    expect(await listener.next()).toEqual({ event: 'ended' })
    listener.stdin.write('half an answer')
    expect(await caller.next()).toMatchObject({ text: 'half an answer' })
    caller.interrupt()
    expect(await caller.status).toBe(1)
    while (!listener.stdin.destroyed) {
      listener.stdin.write('more')
      await new Promise(setImmediate)
    }
    expect(await listener.status).toBe(1)
    expect(await listener.text()).toContain('"code":"CLI_SEND"')
  }))

test('I1: fault 22: --recv writes bytes as they are, in JSON as base64', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const bytes = Uint8Array.of(0x00, 0xff, 0xfe, 0x80, 0x41)
    for (const json of [[], ['--json']]) {
      const listener = run(['listen', ...servers, '--json', '--identity', path('bob.pem')])
      const { id } = await listener.next()
      listener.stdin.end(bytes)
      const me = ['--identity', path('alice.pem'), '--recv', '5', ...json]
      const caller = run(['connect', id as string, ...servers, ...me])
      const expected = { event: 'received', data: 'AP/+gEE=', bytes: 5, firstByteMs: expect.any(Number) }
      if (json.length === 0) expect(await caller.bytes()).toEqual(Buffer.from(bytes))
      else expect([await caller.next(), await caller.next()][1]).toEqual(expected)
      expect([await caller.status, await listener.status]).toEqual([0, 0])
    }
  }))

test('I1: fault 21: a character whose bytes arrive apart is one character in the JSON of a listener', () =>
  withJoined('direct', async (listener, caller) => {
    for (const [byte, fields] of [
      [0xc3, { data: 'ww==', text: '' }],
      [0xa9, { data: 'qQ==', text: 'é' }],
    ] as const) {
      caller.stdin.write(Uint8Array.of(byte))
      expect(await listener.next()).toMatchObject({ event: 'received', bytes: 1, ...fields })
    }
    caller.stdin.end()
    listener.stdin.end()
    expect([await caller.status, await listener.status]).toEqual([0, 0])
  }))

test('a call to oneself is echoed', () =>
  inFolder(async (path) => {
    const servers = ['--servers', writeServers(path('servers.json'), infra.servers)]
    const me = ['--identity', path('me.pem'), '--send', 'hello', '--recv', '5']
    const caller = run(['connect', 'self', ...servers, ...me])
    expect(await caller.text()).toBe('hello')
    expect(await caller.status).toBe(0)
  }))

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
