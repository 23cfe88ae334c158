import { expect, test } from '@jest/globals'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { inFolder, writeServers } from '../testdata/run.ts'
import { objectsOf, outcome, start } from '../testdata/start-process.ts'
import { createTwoNamespaces, whyNoNamespaces } from '../testdata/two-namespaces.ts'

const onNamespaces = whyNoNamespaces() === undefined ? test : test.skip

const FIRST_PORT = 50_000
const PORTS = 8

/** Holds that many connections to a port, and says when all of them are open. */
const HOLD = `
  let open = 0
  for (let i = 0; i < ${PORTS}; i++)
    require('node:net').connect(1883, '10.88.0.1', () => ++open === ${PORTS} && console.log('open')).on('error', () => {})
`

onNamespaces(
  'I1: a host whose eight ports are all in use names that, and does not blame the broker',
  () => {
    const net = createTwoNamespaces(['10.88.0.5/24'], ['10.88.0.1/24'])
    const within = ['netns', 'exec', net.near]
    const range = `net.ipv4.ip_local_port_range=${FIRST_PORT} ${FIRST_PORT + PORTS - 1}`
    execFileSync('ip', [...within, 'sysctl', '-qw', range])
    const infra = start(['infra', '--host', '10.88.0.1', '--json'], { namespace: net.far })
    return inFolder(async (path) => {
      const { servers } = await objectsOf(infra)()
      const { mqtt } = servers as { mqtt: readonly string[] }
      const file = writeServers(path('servers.json'), { stun: [], turn: [], mqtt })
      const holder = spawn('ip', [...within, process.execPath, '-e', HOLD], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      try {
        await once(holder.stdout, 'data')
        const options = { namespace: net.near, env: { P2PD_PORT_MAPPING: 'off' } }
        const [, output] = await outcome(start(['netcheck', '--json', '--servers', file], options))
        const reason = 'this host has no free port, or no address of the family, to dial from'
        expect((JSON.parse(output) as { mqtt: unknown }).mqtt).toEqual([
          { server: mqtt[0], ok: false, reason },
        ])
      } finally {
        holder.kill()
        infra.kill()
        net.close()
      }
    })
  },
  60_000,
)
