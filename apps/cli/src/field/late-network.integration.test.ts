import { expect, test } from '@jest/globals'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { unusedPort } from '../testdata/unused-port.ts'
import { inFolder, writeServers } from '../testdata/run.ts'
import { objectsOf, outcome, start } from '../testdata/start-process.ts'
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

onNamespaces.each([
  ['listen', ['--echo']],
  ['serve', ['22']],
  ['daemon', []],
])(
  'I1: `%s` before there is any network stays, says what it waits for, and is called once the network is there',
  (command, options) => {
    const net = createTwoNamespaces([], ['192.168.50.1/24', '10.88.0.1/24'])
    net.ip(net.near, 'link set up0 down')
    const infra = start(['infra', '--host', '10.88.0.1', '--json'], { namespace: net.far })
    return inFolder(async (path) => {
      let early: ChildProcess | undefined
      try {
        const { servers } = await objectsOf(infra)()
        const common = [
          '--servers',
          writeServers(path('servers.json'), servers),
          '--identity',
          path('bob.pem'),
        ]
        const port = command === 'daemon' ? ['--port', String(await unusedPort())] : []
        const env = { P2PD_PORT_MAPPING: 'off', HOME: path('home'), XDG_RUNTIME_DIR: path('run') }
        early = start([command, ...options, ...port, ...common], { namespace: net.near, env })
        const says = reads(early)
        await says('waiting for a network, as no NIC has an address and a default route')
        net.ip(net.near, 'link set up0 up')
        net.ip(net.near, 'addr add 192.168.50.5/24 dev up0')
        net.ip(net.near, 'route add default via 192.168.50.1')
        await says('The network has come')
        const [, id] = await outcome(start(['id', '--identity', path('bob.pem')]))
        const me = ['--identity', path('alice.pem'), '--strategies', 'direct', '--json']
        const call = ['connect', id.trim(), '--send', 'hello', ...common.slice(0, 2), ...me]
        const [status, output, why] = await outcome(start(call, { namespace: net.far, env }))
        const pipe = expect.stringContaining('"strategy":"direct"')
        expect([status, output, why]).toEqual([0, pipe, expect.any(String)])
      } finally {
        early?.kill()
        infra.kill()
        net.close()
      }
    })
  },
  60_000,
)

onNamespaces(
  'I1: `listen` says when its network goes and when it comes back, to people and as events',
  () => {
    const net = createTwoNamespaces([], ['192.168.50.1/24', '10.88.0.1/24'])
    net.ip(net.near, 'link set up0 down')
    const infra = start(['infra', '--host', '10.88.0.1', '--json'], { namespace: net.far })
    return inFolder(async (path) => {
      let listener: ChildProcess | undefined
      const connect = () => {
        net.ip(net.near, 'link set up0 up')
        net.ip(net.near, 'route add default via 192.168.50.1')
      }
      try {
        const { servers } = await objectsOf(infra)()
        const files = [
          '--servers',
          writeServers(path('servers.json'), servers),
          '--identity',
          path('bob.pem'),
        ]
        const options = { namespace: net.near, env: { P2PD_PORT_MAPPING: 'off', HOME: path('home') } }
        listener = start(['listen', '--echo', '--json', ...files], options)
        const [says, next] = [reads(listener), objectsOf(listener)]
        expect(await next()).toEqual({
          event: 'unreachable',
          reason: 'no NIC has an address and a default route',
        })
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
      } finally {
        listener?.kill()
        infra.kill()
        net.close()
      }
    })
  },
  60_000,
)

onNamespaces(
  'I1: an IPv6 address that is still checked for duplicates is waited for',
  () => {
    const net = createTwoNamespaces([], ['2001:db8:88::1/64'])
    const infra = start(['infra', '--host', '2001:db8:88::1', '--json'], { namespace: net.far })
    return inFolder(async (path) => {
      let listener: ChildProcess | undefined
      try {
        const { servers } = await objectsOf(infra)()
        const files = [
          '--servers',
          writeServers(path('servers.json'), servers),
          '--identity',
          path('bob.pem'),
        ]
        // Four probes, a second apart.
        const before =
          'echo 4 > /proc/sys/net/ipv6/conf/up0/dad_transmits; ip addr add 2001:db8:88::5/64 dev up0'
        const route = 'ip -6 route add default via 2001:db8:88::1 dev up0'
        const env = { P2PD_PORT_MAPPING: 'off', HOME: path('home') }
        const options = { namespace: net.near, env, before: `${before}; ${route}` }
        listener = start(['listen', '--echo', ...files], options)
        const says = reads(listener)
        await says('waiting for a network')
        await says('The network has come')
      } finally {
        listener?.kill()
        infra.kill()
        net.close()
      }
    })
  },
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
