import { expect, test } from '@jest/globals'
import { sleep } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { withinRoundTrips } from './connect-limit.ts'

/** Seven round trips, of which the second has been measured when it is over; then whether that was in time. */
async function connect(roundTripMs: number): Promise<string> {
  const clock = new ManualClock()
  const work = async (measured: (roundTripMs: number) => void) => {
    await sleep(clock, 2 * roundTripMs)
    measured(roundTripMs)
    await sleep(clock, 5 * roundTripMs)
    return 'connected'
  }
  const connecting = withinRoundTrips(clock, work).catch(({ message }: Error) => message)
  await clock.advance(60_000)
  expect(clock.pending).toBe(0)
  return connecting
}

test('I1: fault 6: at a round trip of 0.8 s name, TCP, TLS, CONNECT and SUBSCRIBE get the time they need', async () => {
  expect(await connect(50)).toBe('connected')
  expect(await connect(800)).toBe('connected')
  expect(await connect(1700)).toBe('connected')
})

test('a first answer has to come within 4 s, and all of them within 12 s', async () => {
  expect(await connect(2001)).toBe('no answer within 4 s')
  const clock = new ManualClock()
  const hangs = (measured: (roundTripMs: number) => void) => {
    measured(3000)
    return new Promise<never>(() => {})
  }
  const connecting = withinRoundTrips(clock, hangs).catch(({ message }: Error) => message)
  await clock.advance(12_000)
  expect(await connecting).toBe('no answer within 12 s')
})
