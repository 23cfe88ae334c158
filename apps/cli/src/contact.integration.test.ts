import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { mkdirSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { admissionWarnings } from './access/admission-warnings.ts'
import { createOutput } from './output.ts'
import { inFolder, run, writeServers } from './testdata/run.ts'

type Path = (name: string) => string

/** Runs a command of a user whose settings are in the test's folder. */
const runAt = (path: Path, ...args: string[]) =>
  run([...args, '--identity', path('me.pem')], { XDG_CONFIG_HOME: path(''), APPDATA: path('') })

async function idOf(path: Path, name: string): Promise<string> {
  const { id } = JSON.parse(await run(['id', '--json', '--identity', path(name)]).text()) as { id: string }
  return id
}

test('contacts are added, listed and removed', () =>
  inFolder(async (path) => {
    const [alice, bob] = [await idOf(path, 'alice.pem'), await idOf(path, 'bob.pem')]
    const empty = runAt(path, 'contact', 'list')
    expect([await empty.text(), await empty.status]).toEqual(['', 0])
    expect(empty.errors()).toMatch(/^There are no contacts in .*contacts\.json: p2pd contact add NAME ID\n$/)

    const added = runAt(path, 'contact', 'add', 'Bob', bob.toUpperCase(), '--json')
    expect(await added.next()).toEqual({ event: 'contact', name: 'bob', target: bob })
    expect(await added.status).toBe(0)
    expect(await runAt(path, 'contact', 'add', 'alice', alice).text()).toBe('')

    const list = runAt(path, 'contact', 'list', '--json')
    expect(await list.next()).toEqual({ event: 'contact', name: 'alice', target: alice })
    expect(await list.next()).toEqual({ event: 'contact', name: 'bob', target: bob })
    expect(await list.status).toBe(0)
    expect(await runAt(path, 'contact', 'list').text()).toBe(`alice  ${alice}\nbob    ${bob}\n`)

    const removed = runAt(path, 'contact', 'remove', 'BOB', '--json')
    expect(await removed.next()).toEqual({ event: 'removed', name: 'bob', target: bob })
    expect(await removed.status).toBe(0)
    expect(await runAt(path, 'contact', 'list').text()).toBe(`alice  ${alice}\n`)
  }))

test('connect takes a contact', () =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    try {
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
      const listener = run(['listen', '--echo', '--once', ...servers, '--identity', path('bob.pem')])
      const { id } = await listener.next()
      expect(await runAt(path, 'contact', 'add', 'bob', id as string).status).toBe(0)
      const caller = runAt(path, 'connect', 'Bob', ...servers, '--send', 'hello', '--recv', '5')
      expect(await caller.next()).toMatchObject({ event: 'connected', peer: id })
      expect(await caller.next()).toMatchObject({ event: 'received', text: 'hello' })
      expect([await caller.status, await listener.status]).toEqual([0, 0])
    } finally {
      await infra.close()
    }
  }))

test('mistakes are reported in one line each, before anything is started', () =>
  inFolder(async (path) => {
    const [alice, bob] = [await idOf(path, 'alice.pem'), await idOf(path, 'bob.pem')]
    expect(await runAt(path, 'contact', 'add', 'bob', bob).status).toBe(0)
    const cases: [string[], number, RegExp][] = [
      [
        ['connect', 'alice', '--servers', path('missing')],
        1,
        /"alice" is not among your contacts: run `p2pd contact add/,
      ],
      [['contact', 'add', 'a b', bob], 1, /"a b" can't be a contact's name/],
      [['contact', 'add', 'self', bob], 1, /"self" can't be a contact's name/],
      [['contact', 'add', 'alice', 'bob'], 1, /"bob" is neither/],
      [['contact', 'add', 'alice', bob.slice(1)], 1, /it has 55 characters instead of 56/],
      [['contact', 'add', 'bob', alice], 1, /"bob" names another peer/],
      [['contact', 'remove', 'carol'], 1, /"carol" is not among your contacts: see `p2pd contact list`/],
      [['contact', 'add', 'bob'], 2, /missing required argument 'target'/],
      [['contact', 'rename', 'bob'], 2, /unknown command 'rename'/],
    ]
    for (const [args, status, message] of cases) {
      const command = runAt(path, ...args)
      expect([args, await command.status]).toEqual([args, status])
      expect(command.errors()).toMatch(message)
      if (status === 1) expect(command.errors()).toMatch(/^p2pd: [^\n]*\n$/)
      expect(await command.text()).toBe('')
    }
    expect(await runAt(path, 'contact').status).toBe(2)
    expect(await runAt(path, 'contact', '--help').status).toBe(0)
  }))

test('a contacts file that is none is named, with --json as an object', () =>
  inFolder(async (path) => {
    expect(await runAt(path, 'contact', 'add', 'bob', await idOf(path, 'bob.pem')).status).toBe(0)
    writeFileSync(path('p2pd/contacts.json'), '[]')
    const list = runAt(path, 'contact', 'list', '--json')
    expect(await list.next()).toEqual({
      event: 'failed',
      code: 'NODE_BAD_CONTACT',
      reason: expect.stringContaining('contacts.json must hold an object'),
      report: [],
    })
    expect(await list.status).toBe(1)
  }))

test('H1: a contacts file that is broken is a warning that names file and line, once', () =>
  inFolder(async (path) => {
    mkdirSync(path('p2pd'))
    writeFileSync(path('p2pd/contacts.json'), '{\n  "bob": "x",\n}\n')
    const stderr: string[] = []
    const output = createOutput({
      json: false,
      logLevel: 'info',
      stdout: new PassThrough(),
      stderr: new PassThrough().on('data', (text: Buffer) => stderr.push(String(text))),
    })
    const warnings = admissionWarnings({ env: { XDG_CONFIG_HOME: path(''), APPDATA: path('') }, output })
    await warnings.checkContacts()
    const fault = `${path('p2pd/contacts.json')}, line 3: it is not JSON`
    const log = warnings.watching(() => {})
    const reason = stderr[0]?.replace(/^.*mended: /, '').trim()
    log('admission-failed', { reason })
    expect(stderr).toEqual([expect.stringContaining(`callers are refused until this is mended: ${fault}`)])
  }))
