import { Duplex } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { Clock, TcpConnection } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import { planPunch } from '../plan/plan-punch.ts'
import { sideOf } from '../testdata/sides.ts'
import { Nomination } from './nomination.ts'
import { encodeGreeting } from './greeting.ts'

const token = new Uint8Array(16).fill(5)
const local = { ip: '10.0.0.1', port: 5000 }
/** Time stands still. */
const clock: Clock = { now: () => 0, at: () => () => {} }
const [controlling, controlled] = [true, false].map((caller) =>
  planPunch(sideOf('symmetric-equal', 'a'), sideOf('port-restricted-equal', 'b'), {
    protocol: 'tcp',
    controlling: caller,
  }),
) as [PunchPlan, PunchPlan]

/** A connection on which the peer has said something already; what is written to it is kept. */
function connectionWith(said: Uint8Array): TcpConnection & { written: Buffer[] } {
  const written: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      written.push(chunk)
      done()
    },
  })
  stream.push(said)
  return { local, remote: { ip: '192.0.2.1', port: 80 }, stream, written }
}

test('of two connections that are ready at the same moment one is nominated, and the other is closed', async () => {
  const nominated: TcpConnection[] = []
  const nomination = new Nomination(controlling, token, clock, (connection) => nominated.push(connection))
  const both = [1, 2].map(() => connectionWith(encodeGreeting('controlled', token)))
  await Promise.all(both.map((connection) => nomination.enter(connection)))
  expect(nominated).toHaveLength(1)
  expect(both.filter(({ written }) => Buffer.concat(written).length === 17)).toHaveLength(1)
  expect(both.filter(({ stream }) => stream.destroyed)).toHaveLength(1)
})

test('the controlled side takes what is nominated, and no stranger', async () => {
  const nominated: TcpConnection[] = []
  const nomination = new Nomination(controlled, token, clock, (connection) => nominated.push(connection))
  const stranger = connectionWith(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await nomination.enter(stranger)
  expect([nominated.length, stranger.stream.destroyed]).toEqual([0, true])
  const right = connectionWith(encodeGreeting('controlling', token))
  await nomination.enter(right)
  expect(nominated).toEqual([right])
  expect(right.written[0]).toEqual(Buffer.from(encodeGreeting('controlled', token)))
})

test('once it is over, whatever comes is closed', async () => {
  const nomination = new Nomination(controlling, token, clock, () => {})
  const waiting = connectionWith(new Uint8Array())
  const entered = nomination.enter(waiting)
  nomination.close()
  await entered
  const late = connectionWith(encodeGreeting('controlled', token))
  await nomination.enter(late)
  expect([waiting.stream.destroyed, late.stream.destroyed]).toEqual([true, true])
})
