import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { kernelInternetSupport, presetList, runningHosts, type Scenario } from '@p2pd/lab'
import { programFile } from '@p2pd/netif/testing'
import { inFolder, run } from '../../testdata/run.ts'

const root = new URL('../../../../../', import.meta.url).pathname
const example = `${root}packages/lab/examples/two-homes.json`
const relayExample = `${root}packages/lab/examples/relay.json`

const support = kernelInternetSupport()
const noKernel = support.ok ? undefined : support.reason
const onKernel = noKernel === undefined ? test : test.skip
const why = (missing: string | undefined) => (missing === undefined ? '' : ` (skipped: ${missing})`)
const titled = (title: string) => `${title}${why(noKernel)}`

const tools = ['turnserver', 'stun', 'tshark']
const missingTools = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
const noExample = noKernel ?? (missingTools.length > 0 ? `no ${missingTools.join(', ')}` : undefined)
const onExample = noExample === undefined ? test : test.skip

/** Alice behind a router, and a server. */
function scenarioWith(programs: Scenario['programs'] & {}): Scenario {
  return {
    hosts: [{ name: 'server' }, { name: 'alice', behind: 'home' }],
    boxes: [{ name: 'home', preset: 'home' }],
    programs,
  }
}

const inScenario = (
  scenario: unknown,
  work: (file: string, path: (name: string) => string) => Promise<void>,
) =>
  inFolder(async (path) => {
    writeFileSync(path('scenario.json'), JSON.stringify(scenario))
    await work(path('scenario.json'), path)
  })

/** Runs the command as a process: programs that it joins to its streams can be seen. */
function spawnCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [programFile('bin'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  })
}

test('lab list names every preset with its meaning and settings', async () => {
  const json = await run(['lab', 'list', '--json']).text()
  const lines = json
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toEqual(
    presetList.map(({ name, meaning, settings }) => ({ event: 'preset', name, meaning, ...settings })),
  )
  const table = await run(['lab', 'list']).text()
  for (const { name, meaning } of presetList)
    expect(table).toMatch(new RegExp(` ${name} .*${meaning.slice(0, 20)}`))
})

test('mistakes are reported before anything is started', () =>
  inScenario(
    { hosts: [{ name: 'alice', behind: 'home' }], boxes: [{ name: 'home', preset: 'castle' }] },
    async (file, path) => {
      const cases: [string[], number, RegExp][] = [
        [['run', file], 1, /scenario\.json: boxes\[0\]\.preset: must be one of .*, not "castle"/],
        [['run', path('missing.json')], 1, /missing\.json: it does not exist/],
        [['run', file, '--pcap', path('x.pcap')], 2, /--pcap FILE and --link NAME go together/],
        [['run'], 2, /missing required argument 'scenario'/],
        [['frobnicate'], 2, /unknown command 'frobnicate'/],
      ]
      for (const [args, status, message] of cases) {
        const command = run(['lab', ...args])
        expect([args, await command.status]).toEqual([args, status])
        expect(command.errors()).toMatch(message)
      }
    },
  ))

test('a machine without kernel Internet gets one line that names the missing part', () =>
  inScenario(scenarioWith([]), async (file) => {
    for (const args of [
      ['run', file],
      ['matrix', '--kernel', '--log-level', 'error'],
    ]) {
      const command = spawnCommand(['lab', ...args], { PATH: '/nonexistent' })
      const [said, [status]] = await Promise.all([text(command.stderr), once(command, 'exit')])
      expect(said).toMatch(/^p2pd: no kernel Internet here: [^\n]+\n$/)
      expect(status).toBe(1)
    }
  }))

onExample(`the example runs, and tshark reads the capture${why(noExample)}`, () =>
  inFolder(async (path) => {
    const command = run(['lab', 'run', example, '--json', '--pcap', path('home.pcap'), '--link', 'home'])
    expect(await command.next()).toEqual({
      event: 'ready',
      run: expect.any(String),
      hosts: { server: ['5.5.0.4', '5.5.0.5'], alice: ['192.168.1.2'], bob: ['192.168.2.2'] },
      boxes: { home: ['5.5.0.2'], flat: ['5.5.0.3'] },
    })
    const events = (await command.text()).split('\n')
    const said = (host: string, about: string) =>
      expect.stringMatching(`^{"event":"output","host":"${host}","stream":"stdout","text":"Primary: ${about}`)
    expect(events).toContainEqual(
      said('alice', 'Independent Mapping, Port Dependent Filter, preserves ports'),
    )
    expect(events).toContainEqual(said('bob', 'Dependent Mapping, random port'))
    expect(events).toContain('{"event":"exited","host":"alice","status":0}')
    expect(await command.status).toBe(0)
    const tshark = spawnSync('tshark', [
      '-r',
      path('home.pcap'),
      '-Y',
      'ip.src == 5.5.0.2 && udp.dstport == 3478',
    ])
    expect(tshark.stdout.toString()).toMatch(/5\.5\.0\.2 → 5\.5\.0\.[45] .*Binding Request/)
  }),
)

onKernel(titled('programs find addresses in their environment; one that fails fails the run'), () =>
  inScenario(
    scenarioWith([
      {
        host: 'alice',
        command: ['sh', '-c', 'echo "$P2PD_LAB_IPV4 $P2PD_LAB_SERVER_IPV4"; printf "no end" >&2'],
      },
      { host: 'server', command: ['sh', '-c', 'exit 3'] },
    ]),
    async (file) => {
      const command = run(['lab', 'run', file])
      expect(await command.status).toBe(1)
      expect(command.errors()).toContain('alice | 192.168.1.2 5.5.0.3\n')
      expect(command.errors()).toContain('alice | no end\n')
      expect(command.errors()).toMatch(/\np2pd: sh on server ended with 3\n$/)
      expect(await command.text()).toBe('')
    },
  ),
)

onKernel(titled('a link that is not there, and a file that cannot be written, end the run'), () =>
  inScenario(scenarioWith([]), async (file, path) => {
    const noLink = run(['lab', 'run', file, '--pcap', path('x.pcap'), '--link', 'office'])
    expect(await noLink.status).toBe(1)
    expect(noLink.errors()).toMatch(/^p2pd: there is no link "office": home, server\/eth0, alice\/eth0\n$/)
    expect(existsSync(path('x.pcap'))).toBe(false)
    const noFile = run(['lab', 'run', file, '--json', '--pcap', path('no/x.pcap'), '--link', 'home'])
    expect(await noFile.next()).toMatchObject({ event: 'ready' })
    expect(await noFile.next()).toMatchObject({ event: 'failed', code: 'CLI_CAPTURE' })
    expect(await noFile.status).toBe(1)
  }),
)

onKernel(titled('lab shell joins a host of the newest lab, or of the one that is named'), () => {
  // Other labs may be up on this machine: none of their hosts has this name.
  const name = `host-${process.pid}`
  return inScenario({ hosts: [{ name }] }, async (file) => {
    const labs = [run(['lab', 'run', file, '--json']), run(['lab', 'run', file, '--json'])]
    try {
      const ids: string[] = []
      for (const lab of labs) ids.push((await lab.next()).run as string)
      const shell = (...args: string[]) => run(['lab', 'shell', '--json', ...args])
      const whereAmI = [name, '--', 'sh', '-c', 'echo $P2PD_LAB $P2PD_LAB_IPV4']
      for (const [options, id] of [
        [[], ids.toSorted().at(-1)],
        [['--run', ids[0] as string], ids[0]],
      ] as const) {
        const joined = shell(...options, ...whereAmI)
        expect(await joined.next()).toMatchObject({ host: name, text: `${id} 5.5.0.2` })
        expect(await joined.next()).toEqual({ event: 'exited', host: name, status: 0 })
        expect(await joined.status).toBe(0)
      }
      const stranger = shell('eve', '--run', ids[0] as string)
      expect(await stranger.status).toBe(1)
      expect(stranger.errors()).toContain(`there is no host "eve" in run ${ids[0]}; there are `)
      expect(stranger.errors()).toContain(`${name} (--run ${ids[1]})`)
      for (const lab of labs) lab.interrupt()
      expect(await Promise.all(labs.map(({ status }) => status))).toEqual([0, 0])
      expect(runningHosts().filter(({ lab }) => ids.includes(lab))).toEqual([])
    } finally {
      for (const lab of labs) lab.interrupt()
      await Promise.all(labs.map(({ status }) => status))
    }
  })
})

onKernel(titled('lab shell gives its streams and its exit status to the shell; Ctrl-C ends the lab'), () =>
  inScenario(scenarioWith([]), async (file) => {
    const lab = spawnCommand(['lab', 'run', file, '--json'])
    const ended = once(lab, 'exit')
    try {
      const [ready] = (await once(lab.stdout, 'data')) as [Buffer]
      const { run: id } = JSON.parse(ready.toString()) as { run: string }
      const shell = spawnCommand(['lab', 'shell', 'alice', '--run', id], { SHELL: '/bin/sh' })
      shell.stdin.end('echo "$P2PD_LAB_HOST"; exit 7\n')
      const [said, [status]] = await Promise.all([text(shell.stdout), once(shell, 'exit')])
      expect([said, status]).toEqual(['alice\n', 7])
      lab.kill('SIGINT')
      expect(await ended).toEqual([130, null])
      expect(runningHosts().filter((host) => host.lab === id)).toEqual([])
    } finally {
      lab.kill('SIGTERM')
      await ended
    }
  }),
)

onExample(`TURN servers of a scenario relay, with their faults${why(noExample)}`, async () => {
  const command = run(['lab', 'run', relayExample, '--json'])
  const user = { username: 'u', credential: 'p' }
  expect(await command.next()).toMatchObject({
    event: 'ready',
    turn: ['5.5.0.3', '5.5.0.4'].flatMap((ip) =>
      ['udp', 'tcp'].map((transport) => ({ uri: `turn:${ip}:3478?transport=${transport}`, ...user })),
    ),
  })
  const events = await command.text()
  expect(events).toContain('Total lost packets 0 (0.000000%)')
  expect(events).toContain('error 486 (Allocation Quota Reached)')
  expect(await command.status).toBe(0)
})

test('the examples are those that docs/lab.md shows', () => {
  const guide = readFileSync(`${root}docs/lab.md`, 'utf8')
  for (const file of [example, relayExample])
    expect(guide).toContain(`\`\`\`json\n${readFileSync(file, 'utf8')}\`\`\``)
})
