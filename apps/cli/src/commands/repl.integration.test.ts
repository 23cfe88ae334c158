import { expect, test } from '@jest/globals'
import { inFolder, run, writeServers } from '../testdata/run.ts'

const servers = { stun: [], turn: [], mqtt: [] }

async function evaluated(
  lines: readonly string[],
): Promise<{ status: number; events: unknown[]; errors: string }> {
  let seen = { status: 0, events: [] as unknown[], errors: '' }
  await inFolder(async (path) => {
    const file = writeServers(path('servers.json'), servers)
    const repl = run(['repl', '--json', '--servers', file, '--identity', path('identity.pem')])
    repl.stdin.end(lines.map((line) => `${line}\n`).join(''))
    const status = await repl.status
    const events = (await repl.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    seen = { status, events, errors: repl.errors() }
  })
  return seen
}

test('D5: the library is loaded, a node runs, and await works at the top level, one line after the other', async () => {
  const { status, events, errors } = await evaluated([
    "pipe = await node.connect('self')",
    'await pipe.send("ECHO hi"); "sent"',
    'const { data } = await pipe.recv({ timeoutMs: 5000 })',
    'Buffer.from(data).toString()',
    'await pipe.close()',
    'typeof startNode + typeof loadInterfaces + typeof NodeError',
    '[1, 2].map((n) => {',
    '  return n + 1',
    '})',
  ])
  expect(errors).not.toMatch('failed')
  expect(status).toBe(0)
  const values = events.slice(2).map((event) => (event as { text: string }).text)
  expect(events[0]).toMatchObject({ event: 'ready', id: expect.any(String) })
  expect(values).toEqual([
    "'sent'",
    'undefined',
    "'hi'",
    'undefined',
    "'functionfunctionfunction'",
    '[ 2, 3 ]',
  ])
})

test('an expression that fails is named, the others go on, and the exit status tells', async () => {
  const { status, events, errors } = await evaluated([
    'nope',
    '1 + 1',
    'throw new Error("own")',
    'node.id.length',
  ])
  expect(status).toBe(1)
  expect(events.slice(1)).toEqual([
    { event: 'error', reason: 'Uncaught ReferenceError: nope is not defined' },
    { event: 'value', text: '2' },
    { event: 'error', reason: expect.stringMatching(/^Uncaught Error: own/) },
    { event: 'value', text: '56' },
    { event: 'failed', code: 'CLI_REPL', reason: '2 of the expressions failed', report: [] },
  ])
  expect(errors).toMatch('p2pd: Uncaught ReferenceError: nope is not defined\n')
})

test('input that ends within an expression is an error', async () => {
  const { status, events } = await evaluated(['1', '(1 +'])
  expect(status).toBe(1)
  expect(events.at(-1)).toMatchObject({ code: 'CLI_REPL', reason: 'the input ended within an expression' })
})

test('Ctrl-C ends it', async () => {
  await inFolder(async (path) => {
    const file = writeServers(path('servers.json'), servers)
    const repl = run(['repl', '--json', '--servers', file, '--identity', path('identity.pem')])
    expect(await repl.next()).toMatchObject({ event: 'ready' })
    repl.interrupt()
    expect(await repl.status).toBe(0)
  })
})
