import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { inFolder, writeServers } from '../testdata/run.ts'
import { outcome, start } from '../testdata/start-process.ts'
import { unusedPort } from '../testdata/unused-port.ts'

const MOSQUITTO = '/usr/sbin/mosquitto'
const withMosquitto = existsSync(MOSQUITTO) ? test : test.skip
const FAULT = 'it confirms messages and delivers none: its access list has to let this user read'

withMosquitto(
  'I1: a broker whose access list forbids to read: netcheck and listen say so',
  () =>
    inFolder(async (path) => {
      const port = await unusedPort()
      writeFileSync(path('acl'), 'topic write p2pd/1/#\n')
      const lines = [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'user root',
        `acl_file ${path('acl')}`,
      ]
      writeFileSync(path('conf'), `${lines.join('\n')}\n`)
      const broker = spawn(MOSQUITTO, ['-c', path('conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
      try {
        let started = ''
        for await (const chunk of broker.stderr) {
          started += String(chunk)
          if (started.includes('running')) break
        }
        const servers = writeServers(path('servers.json'), { mqtt: [`mqtt://127.0.0.1:${port}`] })
        const env = { P2PD_PORT_MAPPING: 'off' }
        const common = ['--servers', servers, '--identity', path('identity')]
        const [, checked] = await outcome(start(['netcheck', '--json', ...common], { env }))
        const { mqtt } = JSON.parse(checked) as { mqtt: readonly unknown[] }
        expect(mqtt).toEqual([expect.objectContaining({ ok: false, reason: expect.stringContaining(FAULT) })])
        const listener = start(['listen', ...common], { env })
        const ended = once(listener, 'exit')
        let said = ''
        for await (const chunk of listener.stderr ?? []) {
          said += String(chunk)
          if (said.includes(FAULT)) break
        }
        listener.kill()
        await ended
        expect(said).toContain(FAULT)
      } finally {
        broker.kill()
      }
    }),
  90_000,
)
