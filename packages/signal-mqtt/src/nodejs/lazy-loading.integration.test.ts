import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { startAedes } from '../testdata/real-brokers.ts'

/** The third-party packages that are loaded: the cache of `require` names their files. The runner is not counted. */
const LOADED = `[...new Set(Object.keys(createRequire(import.meta.url).cache)
  .map((file) => file.split('/node_modules/').at(-1).split('/')[0])
  .filter((name) => !/^(tsx|esbuild|get-tsconfig|resolve-pkg-maps)$/.test(name)))]`

test('a call over TCP or TLS loads no library: that takes longer than many a program; WebSocket does', async () => {
  const [tcp, webSocket] = [await startAedes(), await startAedes({ scheme: 'ws' })]
  try {
    const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
    const program = `
      import { createRequire } from 'node:module'
      const { mqttConnector } = await import('@p2pd/signal-mqtt/node')
      const loaded = []
      for (const url of ${JSON.stringify([tcp.url, webSocket.url])}) {
        const connection = await mqttConnector()(url, new AbortController().signal)
        await connection.close()
        loaded.push(${LOADED}.join(' '))
      }
      console.log(loaded.join())`
    const args = ['--conditions=@p2pd/source', '--input-type=module', '--eval', program]
    const cwd = new URL('../..', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(tsx, args, { cwd })
    expect(stdout.trim()).toBe('ipaddr.js,ipaddr.js ws')
  } finally {
    await tcp.close()
    await webSocket.close()
  }
})
