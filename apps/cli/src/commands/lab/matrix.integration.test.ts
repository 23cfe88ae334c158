import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { kernelInternetSupport } from '@p2pd/lab'
import { inFolder, run } from '../../testdata/run.ts'

const names = ['open-equal', 'home', 'symmetric-random']
const arguments_ = ['lab', 'matrix', '--presets', names.join(), '--seeds', '2', '--seed', '5']
const support = kernelInternetSupport()

async function eventsOf(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const command = run([...args, '--json'])
  const lines = (await command.text()).trim().split('\n')
  expect([await command.status, command.errors()]).toEqual([0, expect.stringContaining('seed 5')])
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('lab matrix tells each pair, each technique and the verdict; the same seed tells the same', async () => {
  const events = await eventsOf(arguments_)
  const of = (event: string) => events.filter((each) => each.event === event)
  expect(of('cell')).toHaveLength(2 * names.length ** 2)
  expect(of('cell')[1]).toEqual({
    event: 'cell',
    protocol: 'udp',
    caller: 'open-equal',
    peer: 'home',
    expected: true,
    technique: 'known-mappings',
    runs: 2,
    connected: 2,
    callerMs: [expect.any(Number), expect.any(Number)],
    boundMs: 5000,
  })
  expect(
    of('technique').map(({ protocol, technique }) => `${String(protocol)} ${String(technique)}`),
  ).toEqual([
    'udp known-mappings',
    'udp open-then-listen',
    'udp birthday',
    'udp impossible',
    'tcp known-mappings',
    'tcp open-then-listen',
    'tcp impossible',
  ])
  expect(of('matrix')).toEqual([
    expect.objectContaining({ kernel: false, seed: 5, pairs: 18, ok: true, failures: [] }),
  ])
  const again = await eventsOf(arguments_)
  expect(again.slice(0, -1)).toEqual(events.slice(0, -1))
})

test('people see a table, and get the picture they asked for', () =>
  inFolder(async (path) => {
    const command = run([...arguments_, '--protocol', 'udp', '--svg', path('matrix.svg')])
    const table = await command.text()
    expect(await command.status).toBe(0)
    expect(table).toContain('UDP: rows call, columns are called')
    expect(table).toMatch(/ open-equal Oe kko\n +home he kkb\n +symmetric-random Sr ob·\n/)
    expect(table).not.toContain('TCP')
    expect(readFileSync(path('matrix.svg'), 'utf8').match(/<use /g)).toHaveLength(9)
    const nowhere = run([...arguments_, '--protocol', 'udp', '--svg', path('no/matrix.svg')])
    expect([await nowhere.status, nowhere.errors()]).toEqual([
      1,
      expect.stringMatching(/no\/matrix.svg can't be written: it does not exist/),
    ])
  }))

test.each([
  [['--presets', 'castle'], /there is no preset "castle"; p2pd lab list shows them/],
  [['--protocol', 'sctp'], /"sctp" is neither tcp nor udp/],
  [['--seeds', '0'], /Give a whole number from 1/],
  [['--seed', '4294967296'], /Give a number up to 4294967295/],
])('%j is refused', async (options, message) => {
  const command = run(['lab', 'matrix', ...options])
  expect([await command.status, command.errors()]).toEqual([2, expect.stringMatching(message)])
})

test('Ctrl-C ends it', async () => {
  const command = run(['lab', 'matrix', '--json'])
  await command.next()
  command.interrupt()
  expect(await command.status).toBe(1)
})

const onKernel = support.ok ? test : test.skip
const why = support.ok ? '' : ` (skipped: ${support.reason})`

onKernel(`real kernels tell the same${why}`, async () => {
  const events = await eventsOf([...arguments_, '--seeds', '1', '--kernel', '--presets', 'open-equal,home'])
  const cells = events.filter(({ event }) => event === 'cell')
  expect(cells.map(({ caller, peer, connected }) => [caller, peer, connected])).toHaveLength(6)
  expect(cells.every(({ technique, connected }) => technique === 'known-mappings' && connected === 1)).toBe(
    true,
  )
  expect(events.at(-1)).toMatchObject({ event: 'matrix', kernel: true, pairs: 6, ok: true })
})
