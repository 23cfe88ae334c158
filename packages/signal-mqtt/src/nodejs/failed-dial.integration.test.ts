import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('I1: fault 17: a broker that cannot be dialled is an error of the call, and the process goes on', async () => {
  const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
  const program = `
    import { mqttConnector } from '@p2pd/signal-mqtt/node'
    const network = { resolve: () => Promise.reject(new Error('no such host')), dial: () => new Promise(() => {}) }
    const connecting = mqttConnector({ network })('mqtt://broker.example', new AbortController().signal)
    console.log(await connecting.catch(({ message }) => message))`
  const args = ['--conditions=@p2pd/source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(tsx, args, { cwd: new URL('../..', import.meta.url).pathname })
  expect(stdout.trim()).toBe('no such host')
})
