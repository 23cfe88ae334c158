import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { formatCode, parseCode } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { inFolder, run, type Running, writeServers } from '../../testdata/run.ts'

type Path = (name: string) => string
let infra: Awaited<ReturnType<typeof startInfra>>

beforeAll(async () => {
  infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
})
afterAll(() => infra.close())

/** A command of one of two users, whose settings are in the folder of the test. */
function runAs(path: Path, name: string, args: readonly string[]): Running {
  const common = [
    '--servers',
    writeServers(path('servers.json'), infra.servers),
    '--identity',
    path(`${name}.pem`),
  ]
  const env = { XDG_CONFIG_HOME: path(`${name}-config`), APPDATA: path(`${name}-config`) }
  return run([...args, ...common], env)
}

async function receiving(path: Path, ...options: string[]): Promise<{ bob: Running; id: string }> {
  const bob = runAs(path, 'bob', ['receive', path('inbox'), '--json', ...options])
  const { event, id } = await bob.next()
  expect(event).toBe('listening')
  return { bob, id: id as string }
}

const eventsOf = async (command: Running) =>
  (await command.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

function makeFolder(path: Path): void {
  mkdirSync(path('holiday/beach'), { recursive: true })
  writeFileSync(path('holiday/beach/sea.jpg'), randomBytes(3_000_000))
  writeFileSync(path('holiday/.secret'), 'hush')
  symlinkSync('beach', path('holiday/link'))
}

test('H3: a folder arrives with --yes, and both ends report offer, progress, files and end', () =>
  inFolder(async (path) => {
    makeFolder(path)
    const { bob, id } = await receiving(path, '--yes')
    const alice = runAs(path, 'alice', ['send', id, path('holiday'), '--json'])
    expect([await alice.status, await bob.status]).toEqual([0, 0])
    expect(readFileSync(path('inbox/holiday/beach/sea.jpg'))).toEqual(
      readFileSync(path('holiday/beach/sea.jpg')),
    )
    expect(readFileSync(path('inbox/holiday/link/sea.jpg')).length).toBe(3_000_000)
    for (const command of [alice, bob]) {
      const events = await eventsOf(command)
      expect(events).toContainEqual(
        expect.objectContaining({
          event: 'offer',
          files: 2,
          hidden: ['holiday/.secret'],
          strategy: 'direct',
        }),
      )
      expect(events).toContainEqual({ event: 'file', path: 'holiday/.secret', outcome: 'stored' })
      expect(events.at(-1)).toMatchObject({ event: 'done', stored: 2, failed: 0 })
    }
    expect(bob.errors()).toContain('Hidden files: 1\n  holiday/.secret')

    // The same once more moves nothing.
    const second = await receiving(path, '--yes')
    const again = runAs(path, 'alice', ['send', id, path('holiday'), '--json'])
    expect([await again.status, await second.bob.status]).toEqual([0, 0])
    expect((await eventsOf(again)).at(-1)).toMatchObject({ event: 'done', movedBytes: 0 })
  }))

test("a stranger's bytes do not end the receiver, who waits for the sender", () =>
  inFolder(async (path) => {
    writeFileSync(path('notes.txt'), 'x')
    const { bob, id } = await receiving(path, '--yes')
    const eve = await startNode({ servers: infra.servers, identity: createIdentity(), announce: false })
    try {
      const pipe = await eve.connect(id, { service: 'files' })
      await pipe.send(randomBytes(1000))
      expect(await bob.next()).toMatchObject({
        event: 'stopped',
        peer: eve.id,
        code: expect.stringMatching(/MALFORMED|PROTOCOL/),
      })
    } finally {
      await eve.close()
    }
    const alice = runAs(path, 'alice', ['send', id, path('notes.txt'), '--json'])
    expect([await alice.status, await bob.status]).toEqual([0, 0])
  }))

test('without a terminal an offer is refused, both ends say so, and nothing is written', () =>
  inFolder(async (path) => {
    makeFolder(path)
    const { bob, id } = await receiving(path)
    const alice = runAs(path, 'alice', ['send', id, path('holiday'), '--json'])
    expect(await alice.status).toBe(1)
    expect((await eventsOf(alice)).at(-1)).toMatchObject({ event: 'failed', code: 'CLI_REFUSED' })
    expect(alice.errors()).toMatch(
      /\np2pd: the receiver refused the files: it runs without a terminal to ask at, and without --yes or --allow\n$/,
    )
    bob.interrupt()
    await bob.status
    expect(await eventsOf(bob)).toContainEqual(
      expect.objectContaining({ event: 'stopped', code: 'TRANSFER_REFUSED' }),
    )
    expect(bob.errors()).toMatch(/there is no terminal to ask at.*\nWaiting for the next offer\.\n/)
    expect(existsSync(path('inbox/holiday'))).toBe(false)
  }))

test('H4: receive --code lets in who types the code, by prompt too, and nobody else', () =>
  inFolder(async (path) => {
    writeFileSync(path('notes.txt'), 'x')
    const { bob, id } = await receiving(path, '--code', '--yes')
    const { code, command } = await bob.next()
    expect(command).toBe(`p2pd send ${String(code)} FILE...`)
    const stranger = runAs(path, 'eve', ['send', id, path('notes.txt'), '--json'])
    expect(await stranger.status).toBe(1)
    const alice = runAs(path, 'alice', ['send', '-', path('notes.txt'), '--json'])
    alice.stdin.write(`${String(code).toUpperCase().replaceAll('-', ' ')}\n`)
    expect([await alice.status, await bob.status]).toEqual([0, 0])
    expect(await alice.next()).toMatchObject({ event: 'paired', id })
    expect(bob.errors()).toContain('who has typed your code')
    expect(readFileSync(path('inbox/notes.txt'), 'utf8')).toBe('x')
  }))

test('H4: a code that is burnt ends receive --code; a mistyped one and an unknown --allow are said at once', () =>
  inFolder(async (path) => {
    writeFileSync(path('notes.txt'), 'x')
    const { bob } = await receiving(path, '--code')
    const { code } = await bob.next()
    const { number, secret } = parseCode(String(code))
    for (const error of [1, 2, 3]) {
      const wrong = formatCode({ number, secret: secret ^ error })
      const alice = runAs(path, 'alice', ['send', wrong, path('notes.txt'), '--json'])
      expect([await alice.status, await bob.next()]).toEqual([1, { event: 'wrong', left: 3 - error }])
      expect((await eventsOf(alice)).at(-1)).toMatchObject({ code: 'NODE_CODE_WRONG' })
    }
    expect(await bob.status).toBe(1)
    expect((await eventsOf(bob)).at(-1)).toMatchObject({ event: 'failed', code: 'NODE_CODE_OVER' })
    const typo = runAs(path, 'alice', ['send', '7421-copper-parot', path('notes.txt')])
    expect([await typo.status, typo.errors()]).toEqual([1, 'p2pd: "parot" is not a word of any code\n'])
    const unknown = runAs(path, 'bob', ['receive', path('inbox'), '--allow', 'alcie', '--json'])
    expect([await unknown.status, (await unknown.next()).code]).toEqual([1, 'CLI_ALLOW'])
  }))

test('at a terminal the user decides about the offer, and about a name that exists', () =>
  inFolder(async (path) => {
    writeFileSync(path('notes.txt'), 'new')
    mkdirSync(path('inbox'))
    writeFileSync(path('inbox/notes.txt'), 'old')
    const { bob, id } = await receiving(path)
    Object.assign(bob.stdin, { isTTY: true })
    bob.stdin.write('no\n')
    const first = runAs(path, 'alice', ['send', id, path('notes.txt'), '--json'])
    expect(await first.status).toBe(1)
    expect(bob.errors()).toContain('Accept? [y/N]')
    bob.stdin.write('yes\nr\n')
    const second = runAs(path, 'alice', ['send', id, path('notes.txt'), '--json'])
    expect([await second.status, await bob.status]).toEqual([0, 0])
    expect(readFileSync(path('inbox/notes.txt'), 'utf8')).toBe('old')
    expect(readdirSync(path('inbox')).filter((name) => name.startsWith('notes')).length).toBe(2)
  }))

test('standard input goes to standard output, with a limit', () =>
  inFolder(async (path) => {
    const bob = runAs(path, 'bob', ['receive', '--stdout', '--yes'])
    const { id } = JSON.parse(await runAs(path, 'bob', ['id', '--json']).text()) as { id: string }
    const bytes = randomBytes(300_000)
    const alice = runAs(path, 'alice', ['send', id, '-', '--limit', '1MB/s', '--timeout', '20s'])
    alice.stdin.end(bytes)
    expect([await alice.status, await bob.status]).toEqual([0, 0])
    expect((await bob.bytes()).equals(bytes)).toBe(true)
  }))

test('a cancel reaches the other end with its reason, and the same commands go on from there', () =>
  inFolder(async (path) => {
    writeFileSync(path('big'), randomBytes(6_000_000))
    const { bob, id } = await receiving(path, '--yes')
    const alice = runAs(path, 'alice', ['send', id, path('big'), '--json', '--limit', '2MB/s'])
    while ((await alice.next()).event !== 'progress');
    while ((await alice.next()).event !== 'progress');
    alice.interrupt()
    expect([await alice.status, await bob.status]).toEqual([1, 1])
    // A receiver that does not read for a second, as on a busy machine, gets the reason without the words.
    expect(bob.errors()).toMatch(/the other end stopped: (interrupted|cancelled)/)
    expect(alice.errors()).toContain(`What has arrived is kept. Go on by: p2pd send ${id} ${path('big')}`)

    const second = await receiving(path, '--yes')
    const again = runAs(path, 'alice', ['send', id, path('big'), '--json'])
    expect([await again.status, await second.bob.status]).toEqual([0, 0])
    expect(Number((await eventsOf(again)).at(-1)?.movedBytes)).toBeLessThan(6_000_000)
    expect(await eventsOf(second.bob)).toContainEqual(
      expect.objectContaining({ event: 'continued', path: 'big' }),
    )
    expect(readFileSync(path('inbox/big')).equals(readFileSync(path('big')))).toBe(true)
  }))

test('a list lets its peers in and nobody else; a file that is missing is said before anybody is called', () =>
  inFolder(async (path) => {
    writeFileSync(path('notes.txt'), 'x')
    const { id: alice } = JSON.parse(await runAs(path, 'alice', ['id', '--json']).text()) as { id: string }
    const { bob, id } = await receiving(path, '--allow', alice)
    const stranger = runAs(path, 'eve', ['send', id, path('notes.txt'), '--json'])
    expect(await stranger.status).toBe(1)
    expect((await eventsOf(stranger)).at(-1)).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
    const missing = runAs(path, 'alice', ['send', id, path('missing')])
    expect(await missing.status).toBe(1)
    expect(missing.errors()).toMatch(/^p2pd: [^\n]*missing can't be read: [^\n]*\n$/)
    const friend = runAs(path, 'alice', ['send', id, path('notes.txt')])
    expect([await friend.status, await bob.status]).toEqual([0, 0])
  }))

test('a file that cannot be stored is named at both ends, neither ends with 0, and it alone is sent again', () =>
  inFolder(async (path) => {
    mkdirSync(path('holiday'))
    writeFileSync(path('holiday/a.txt'), 'a')
    mkdirSync(path('inbox/holiday/a.txt'), { recursive: true })
    writeFileSync(path('holiday/b.txt'), 'b')
    const { bob, id } = await receiving(path, '--yes', '--conflict', 'overwrite')
    const alice = runAs(path, 'alice', ['send', id, path('holiday'), '--json'])
    expect([await alice.status, await bob.status]).toEqual([1, 1])
    for (const command of [alice, bob]) {
      expect(command.errors()).toMatch(/p2pd: 1 of 2 files failed: holiday\/a\.txt\n$/)
      expect((await eventsOf(command)).at(-1)).toMatchObject({ event: 'failed', code: 'CLI_TRANSFER' })
    }
    expect(readFileSync(path('inbox/holiday/b.txt'), 'utf8')).toBe('b')
    expect(alice.errors()).toContain(`The failed files again: p2pd send ${id} --retry-failed\n`)

    rmdirSync(path('inbox/holiday/a.txt'))
    rmSync(path('inbox/holiday/b.txt'))
    const second = await receiving(path, '--yes')
    const again = runAs(path, 'alice', ['send', id, '--retry-failed', '--relay', 'never', '--json'])
    expect([await again.status, await second.bob.status]).toEqual([0, 0])
    expect((await eventsOf(again)).at(-1)).toMatchObject({ event: 'done', stored: 1, failed: 0 })
    expect(readdirSync(path('inbox/holiday'))).toEqual(['a.txt'])
    const none = runAs(path, 'alice', ['send', id, '--retry-failed', '--json'])
    expect([await none.status, (await none.next()).code]).toEqual([1, 'CLI_NONE_FAILED'])
    for (const wrong of [
      ['send', id],
      ['send', id, 'x', '--retry-failed'],
    ])
      expect(await runAs(path, 'alice', wrong).status).toBe(2)
  }))
