import { expect, test } from '@jest/globals'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { unusedPort } from '../testdata/unused-port.ts'
import { inFolder, writeServers } from '../testdata/run.ts'
import { objectsOf, outcome, start, type StartOptions } from '../testdata/start-process.ts'
import { createTwoNamespaces, whyNoNamespaces } from '../testdata/two-namespaces.ts'

const onNamespaces = whyNoNamespaces() === undefined ? test : test.skip

/** Resolves when the process writes a line with these words to standard error. */
function reads(child: ChildProcess): (words: string) => Promise<void> {
  const lines = createInterface(child.stderr as NodeJS.ReadableStream)[Symbol.asyncIterator]()
  return async (words) => {
    const read: string[] = []
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`"${words}" was not said: ${read.join('\n')}`)
      if ((value as string).includes(words)) return
      read.push(value as string)
    }
  }
}

type Namespaces = ReturnType<typeof createTwoNamespaces>

/** Servers at the far end, and commands of one user at the near one. */
interface Stage {
  readonly net: Namespaces
  readonly path: (name: string) => string
  /** The options that name the servers. */
  readonly servers: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Starts a command of that user. */
  readonly begin: (args: readonly string[], options?: Pick<StartOptions, 'before'>) => ChildProcess
}

async function withFarServers(
  ips: readonly string[],
  host: string,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const net = createTwoNamespaces([], ips)
  const infra = start(['infra', '--host', host, '--json'], { namespace: net.far })
  const running = [infra]
  try {
    await inFolder(async (path) => {
      const { servers: listed } = await objectsOf(infra)()
      const servers = ['--servers', writeServers(path('servers.json'), listed)]
      const bob = ['--identity', path('bob.pem')]
      const env = { P2PD_PORT_MAPPING: 'off', HOME: path('home'), XDG_RUNTIME_DIR: path('run') }
      const begin: Stage['begin'] = (args, options) => {
        const child = start([...args, ...servers, ...bob], { namespace: net.near, env, ...options })
        running.push(child)
        return child
      }
      await act({ net, path, servers, env, begin })
    })
  } finally {
    for (const child of running) child.kill()
    net.close()
  }
}

const IPV4 = ['192.168.50.1/24', '10.88.0.1/24']
const FAR = '10.88.0.1'

onNamespaces.each([
  ['listen', ['--echo']],
  ['serve', ['22']],
  ['daemon', []],
])(
  'I1: `%s` before there is any network stays, says what it waits for, and is called once the network is there',
  (command, options) =>
    withFarServers(IPV4, FAR, async ({ net, path, servers, env, begin }) => {
      net.ip(net.near, 'link set up0 down')
      const port = command === 'daemon' ? ['--port', String(await unusedPort())] : []
      const says = reads(begin([command, ...options, ...port]))
      await says('waiting for a network, as no NIC has an address and a default route')
      net.ip(net.near, 'link set up0 up')
      net.ip(net.near, 'addr add 192.168.50.5/24 dev up0')
      net.ip(net.near, 'route add default via 192.168.50.1')
      await says('The network has come')
      const [, id] = await outcome(start(['id', '--identity', path('bob.pem')]))
      const me = ['--identity', path('alice.pem'), '--strategies', 'direct', '--json']
      const call = ['connect', id.trim(), '--send', 'hello', ...servers, ...me]
      const [status, output, why] = await outcome(start(call, { namespace: net.far, env }))
      const pipe = expect.stringContaining('"strategy":"direct"')
      expect([status, output, why]).toEqual([0, pipe, expect.any(String)])
    }),
  60_000,
)

onNamespaces(
  'I1: `listen` says when its network goes and when it comes back, to people and as events',
  () =>
    withFarServers(IPV4, FAR, async ({ net, begin }) => {
      net.ip(net.near, 'link set up0 down')
      const connect = () => {
        net.ip(net.near, 'link set up0 up')
        net.ip(net.near, 'route add default via 192.168.50.1')
      }
      const listener = begin(['listen', '--echo', '--json'])
      const [says, next] = [reads(listener), objectsOf(listener)]
      const reason = 'no NIC has an address and a default route'
      expect(await next()).toEqual({ event: 'unreachable', reason })
      expect(await next()).toMatchObject({ event: 'listening' })
      net.ip(net.near, 'addr add 192.168.50.5/24 dev up0')
      connect()
      await says('The network has come')
      expect(await next()).toEqual({ event: 'reachable' })
      net.ip(net.near, 'link set up0 down')
      await says('callers cannot reach this node for now')
      expect(await next()).toEqual({ event: 'unreachable', reason: expect.any(String) })
      connect()
      await says('The network is back')
      expect(await next()).toEqual({ event: 'reachable' })
    }),
  60_000,
)

onNamespaces(
  'I1: an IPv6 address that is still checked for duplicates is waited for',
  () =>
    withFarServers(['2001:db8:88::1/64'], '2001:db8:88::1', async ({ begin }) => {
      // Four probes, a second apart.
      const address =
        'echo 4 > /proc/sys/net/ipv6/conf/up0/dad_transmits; ip addr add 2001:db8:88::5/64 dev up0'
      const route = 'ip -6 route add default via 2001:db8:88::1 dev up0'
      const says = reads(begin(['listen', '--echo'], { before: `${address}; ${route}` }))
      await says('waiting for a network')
      await says('The network has come')
    }),
  60_000,
)

onNamespaces(
  'I1: without a network a call and a code say so, and a broker on a cable without a router is named',
  () => {
    const net = createTwoNamespaces([], ['10.88.0.1/24'])
    return inFolder(async (path) => {
      try {
        const mqtt = ['mqtt://10.88.0.1:1883']
        const servers = writeServers(path('servers.json'), { stun: [], turn: [], mqtt })
        const common = ['--servers', servers, '--identity', path('bob.pem')]
        const options = { namespace: net.near, env: { P2PD_PORT_MAPPING: 'off', HOME: path('home') } }
        const run = (args: string[]) => outcome(start([...args, ...common], options))
        const [, id] = await outcome(start(['id', '--identity', path('alice.pem')]))
        for (const command of [
          ['connect', id.trim()],
          ['receive', '--code'],
        ]) {
          const [status, , said] = await run(command)
          expect([status, said]).toEqual([1, expect.stringContaining('connect to a network first')])
          expect(said).not.toContain('waiting')
        }
        net.ip(net.near, 'addr add 10.88.0.5/24 dev up0')
        const [status, , said] = await run(['listen'])
        expect([status, said]).toEqual([1, expect.stringContaining('connection refused')])
        expect(said).not.toContain('waiting')
      } finally {
        net.close()
      }
    })
  },
  60_000,
)
