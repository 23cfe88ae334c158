import { expect, test } from '@jest/globals'
import { startMqttBroker } from '@p2pd/infra'
import { run } from '../../testdata/run.ts'

const number = expect.any(Number)

test('load simulates nodes on a broker, and tells what they did and what each costs', async () => {
  const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
  try {
    const pid = String(process.pid)
    const args = ['load', ...broker.urls, '--nodes', '20', '--calls', '40', '--at-once', '8']
    const command = run([...args, '--broker-pid', pid, '--json'])
    const events = (await command.text()).trim().split('\n')
    expect([command.errors(), await command.status]).toEqual([expect.stringContaining('call: 40 in '), 0])
    const phase = (name: string, done: number) => ({
      event: 'load',
      phase: name,
      ...{ done, failed: 0, left: 0, elapsedMs: number, perSecond: number, p50Ms: number, p95Ms: number },
      ...(process.platform === 'linux' && { brokerBytes: number, brokerCpuMs: number }),
      nodeBytes: number,
    })
    expect(events.map((line) => JSON.parse(line) as unknown)).toEqual([
      phase('connect', 20),
      phase('publish', 20),
      phase('fetch', 20),
      phase('call', 40),
    ])
  } finally {
    await broker.close()
  }
})

test('a broker that is not there fails the command, which says how much and why', async () => {
  const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
  await broker.close()
  const command = run(['load', ...broker.urls, '--nodes', '2'])
  expect(await command.text()).toMatch(/│ connect │ +0 │ +2 │ +0 │/)
  expect([await command.status, command.errors()]).toEqual([
    1,
    expect.stringMatching(
      /p2pd: connect: 2 failed \(.*connection refused.*\), 0 not begun in time; publish: 2 failed /,
    ),
  ])
})

test.each([
  [['mqtt://192.0.2.1'], 1, /^p2pd: 192\.0\.2\.1 is neither loopback nor a host of the lab/],
  [['mqtt://127.0.0.1', '--nodes', '30000'], 1, /nodes: 30000 is not a whole number from 2 to 25000/],
  [['mqtt://127.0.0.1', '--broker-pid', '999999999'], 1, /process 999999999 can't be read/],
  [['mqtt://127.0.0.1', '--nodes', '0'], 2, /Give a whole number from 1/],
  [[], 2, /missing required argument 'broker'/],
])('%j is refused', async (args, status, message) => {
  const command = run(['load', ...args])
  expect([await command.status, command.errors()]).toEqual([status, expect.stringMatching(message)])
})
