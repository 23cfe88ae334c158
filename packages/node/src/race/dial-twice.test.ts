import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { TcpConnection } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { dialTwice } from './dial-twice.ts'

const address = { ip: '192.0.2.1', port: 4000 }
const connection = (): TcpConnection => ({ stream: new PassThrough(), local: address, remote: address })

/** Dials whose end a test decides. */
function start() {
  const clock = new ManualClock()
  const caller = new AbortController()
  const dials: Dial[] = []
  const dial = (signal: AbortSignal) =>
    new Promise<TcpConnection>((resolve, reject) => dials.push({ signal, resolve, reject }))
  const dialled = dialTwice({ clock, signal: caller.signal, dial })
  return { clock, caller, dials, dialled }
}

interface Dial {
  readonly signal: AbortSignal
  readonly resolve: (connection: TcpConnection) => void
  readonly reject: (error: Error) => void
}

test('a dial that is answered in time is the only one', async () => {
  const { clock, dials, dialled } = start()
  await clock.advance(399)
  const first = connection()
  dials[0]?.resolve(first)
  expect(await dialled).toBe(first)
  expect([dials.length, clock.pending]).toEqual([1, 0])
})

test('a second one takes over when the first stays without an answer', async () => {
  const { clock, dials, dialled } = start()
  await clock.advance(400)
  const [first, second] = [connection(), connection()]
  dials[1]?.resolve(second)
  expect(await dialled).toBe(second)
  expect(dials[0]?.signal.aborted).toBe(true)
  dials[0]?.resolve(first)
  await clock.advance(0)
  expect([first.stream.destroyed, second.stream.destroyed, clock.pending]).toEqual([true, false, 0])
})

test('the first one may still be answered, and the second is ended', async () => {
  const { clock, dials, dialled } = start()
  await clock.advance(400)
  const first = connection()
  dials[0]?.resolve(first)
  expect(await dialled).toBe(first)
  expect(dials[1]?.signal.aborted).toBe(true)
})

test('a refusal is final; what becomes of the second alone is not', async () => {
  const { clock, dials, dialled } = start()
  await clock.advance(400)
  dials[1]?.reject(new Error('no port left'))
  await clock.advance(100)
  dials[0]?.reject(new Error('refused'))
  await expect(dialled).rejects.toThrow('refused')
  expect(clock.pending).toBe(0)
})

test('the caller ends both', async () => {
  const { clock, caller, dials, dialled } = start()
  await clock.advance(400)
  caller.abort()
  expect(dials.map(({ signal }) => signal.aborted)).toEqual([true, true])
  dials[0]?.reject(new Error('aborted'))
  await expect(dialled).rejects.toThrow('aborted')
})
