import { expect, test } from '@jest/globals'
import type { PunchSide } from '@p2pd/punch'
import type { Runtime } from '../runtime/runtime.ts'
import { sideDescription } from '../testdata/side-description.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { PunchAttempt } from './punch-attempt.ts'
import { Mutex } from './mutex.ts'

const { side } = sideDescription
/** Nobody can tell its ports: they have to be searched. */
const random: PunchSide = {
  ...side,
  nat: { ...side.nat, mapping: 'address-and-port-dependent', delta: { type: 'random', value: 0 } },
  endpoints: [],
  hosts: [],
}

/** The peer's half of a search for random ports, and how many sockets it has asked for. */
function search(birthdays: Mutex) {
  const counts = { sockets: 0 }
  const bindUdp = () => {
    counts.sockets++
    return Promise.reject(new Error('no socket in this test'))
  }
  const local = {
    ...sideDescription,
    protocol: 'udp',
    side: { ...side, locals: [{ ip: '192.168.1.5', port: 0 }] },
    sockets: [],
    base: { ip: '192.168.1.5' },
  } as unknown as PreparedSide
  const network = { dial: () => {}, listenTcp: () => {} }
  const runtime = { udx: { bindUdp }, network } as unknown as Runtime
  const attempt = new PunchAttempt(
    { node: { runtime, birthdays }, role: 'controlled', peer: new Uint8Array(32) },
    {
      strategy: 'udp-punch',
      pair: { index: 0, local, remote: random },
      token: new Uint8Array(16),
      failedAttempts: 0,
    },
    () => {},
  )
  return { attempt, counts }
}

test('a node searches for one peer’s random port at a time, however many ask it to', async () => {
  const birthdays = new Mutex()
  const { attempt, counts } = search(birthdays)
  expect(attempt.plan.technique).toBe('birthday')
  const { signal } = new AbortController()
  const leave = birthdays.tryLock()
  await expect(attempt.run(signal)).rejects.toMatchObject({ code: 'NODE_BUSY' })
  expect(counts.sockets).toBe(0)

  leave?.()
  const next = search(birthdays)
  await expect(next.attempt.run(signal)).rejects.toMatchObject({ code: 'PUNCH_NO_SOCKET' })
  expect(next.counts.sockets).toBe(1)
  expect(birthdays.tryLock()).toBeDefined()
})
