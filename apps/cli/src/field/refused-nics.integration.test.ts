import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { inFolder, run, writeServers } from '../testdata/run.ts'
import { asModule, objectsOf, outcome, start } from '../testdata/start-process.ts'

/** A process on Android: netlink, `/proc/net` and `/sys/class/net` are refused. */
const likeAndroid = asModule(`
  import fs from 'node:fs'
  import os from 'node:os'
  import { syncBuiltinESMExports } from 'node:module'
  const refused = (what) => Object.assign(new Error('EACCES: permission denied, ' + what), { code: 'EACCES' })
  os.networkInterfaces = () => {
    const info = { errno: 13, code: 'EACCES', syscall: 'uv_interface_addresses' }
    throw Object.assign(new Error('A system error occurred'), { code: 'ERR_SYSTEM_ERROR', info })
  }
  for (const name of ['readFileSync', 'readdirSync', 'readlinkSync']) {
    const original = fs[name]
    fs[name] = (path, ...rest) => {
      if (/^[/](proc[/]net|sys[/]class[/]net)/.test(String(path))) throw refused(path)
      return original(path, ...rest)
    }
  }
  syncBuiltinESMExports()
`)

test(
  'I1: fault 13: where the system refuses its list of NICs a node listens, is called, and netcheck says so',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
      const node = ['--import', likeAndroid]
      const env = { P2PD_PORT_MAPPING: 'off' }
      const listener = start(['listen', '--echo', ...servers, '--identity', path('bob.pem')], { node, env })
      try {
        const { id } = await objectsOf(listener)()
        const me = ['--identity', path('alice.pem'), '--send', 'hello', '--recv', '5']
        expect(await run(['connect', id as string, ...servers, ...me]).status).toBe(0)
        const [status, output, errors] = await outcome(start(['netcheck', ...servers], { node, env }))
        const { interfaces } = JSON.parse(output) as { interfaces: { inferred?: true }[] }
        expect([status, interfaces.every(({ inferred }) => inferred === true)]).toEqual([0, true])
        expect(errors).toContain('The system does not list its NICs')
      } finally {
        listener.kill()
        await infra.close()
      }
    }),
  60_000,
)
