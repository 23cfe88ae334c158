import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'
import { inFolder, run, writeServers } from '../testdata/run.ts'
import { commandLine, outcome, quoted } from '../testdata/start-process.ts'
import { createTwoNamespaces, whyNoNamespaces } from '../testdata/two-namespaces.ts'

const onNamespaces = whyNoNamespaces() === undefined ? test : test.skip

/** The commands of the three terminals, as the README has them. */
function terminals(): string[] {
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
  const section = readme.slice(readme.indexOf('Three terminals'))
  return [...section.matchAll(/^ {4}npm start -- (.+)$/gm)].slice(0, 3).map(([, words = '']) => words)
}

// In a namespace, since the README names no ports and other programs may have the usual ones.
onNamespaces(
  'I1: fault 1: the three terminals of the README do what it says, word for word, with one identity for all',
  () =>
    inFolder(async (path) => {
      const net = createTwoNamespaces([], [])
      const env = {
        ...process.env,
        NODE_OPTIONS: '',
        XDG_CONFIG_HOME: path('config'),
        P2PD_PORT_MAPPING: 'off',
      }
      const open = (words: string) => {
        const script = `exec ${quoted(commandLine([]))} ${words}`
        return spawn('ip', ['netns', 'exec', net.near, 'sh', '-c', script], {
          cwd: path('.'),
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
      }
      const [infraWords = '', listenWords = '', connectWords = ''] = terminals()
      const infra = open(infraWords)
      const line = async (child: ReturnType<typeof open>, pattern: RegExp): Promise<string> => {
        for await (const text of createInterface(child.stderr)) {
          const [, found] = pattern.exec(text) ?? []
          if (found !== undefined) return found
        }
        throw new Error(`it ended without ${String(pattern)}`)
      }
      const running = [infra]
      try {
        await line(infra, /(servers run until)/)
        const listener = open(listenWords)
        running.push(listener)
        const id = await line(listener, /p2pd connect (\w{56})/)
        const [status, output] = await outcome(open(connectWords.replace('<id>', id)))
        expect([status, output]).toEqual([0, 'hello'])
      } finally {
        for (const child of running) child.kill()
        net.close()
      }
    }),
  60_000,
)

test('I1: fault 1: two listeners of one identity both learn of the other, and a caller of that identity warns nobody', () =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    const options = ['--json', '--servers', writeServers(path('servers.json'), infra.servers)]
    const me = ['--identity', path('me.pem')]
    const first = run(['listen', '--echo', ...options, ...me])
    const { id } = await first.next()
    expect(await run(['connect', id as string, ...options, ...me, '--send', 'x', '--recv', '1']).status).toBe(
      0,
    )
    expect(await first.next()).toMatchObject({ event: 'pipe', peer: id })
    const second = run(['receive', path('in'), '--yes', ...options, ...me], { XDG_CONFIG_HOME: path('me') })
    expect(await second.next()).toMatchObject({ event: 'listening' })
    expect([await first.next(), await second.next()]).toEqual(
      Array(2).fill({ event: 'identity-shared', host: hostname(), pid: process.pid }),
    )
    expect(second.errors()).toContain(`another program (process ${process.pid} of this machine) listens with`)
    expect(second.errors()).toContain('run `p2pd daemon` before both')
    for (const listener of [first, second]) listener.interrupt()
    await Promise.all([first.status, second.status])
    await infra.close()
  }))
