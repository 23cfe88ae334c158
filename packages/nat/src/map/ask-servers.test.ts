import { expect, test } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import { ManualClock, settle } from '@p2pd/netif/testing'
import { askServers } from './ask-servers.ts'

const mapped = { ip: '198.51.100.1', port: 7000 }

interface Asked {
  readonly at: number
  readonly answer: (mapped: TransportAddress | Error) => void
  readonly signal: AbortSignal
}

/** Questions to so many servers that the test answers, with what became of them. */
function ask(count: number) {
  const clock = new ManualClock()
  const asked: Asked[] = []
  const discarded: number[] = []
  const stop = new AbortController()
  const network = { resolve: () => Promise.reject(new Error('only literal addresses here')) }
  const servers = Array.from({ length: count }, (_, i) => `stun:203.0.113.${i}`)
  const options = { servers, signal: stop.signal }
  const result = askServers({ network, clock, random: (length) => new Uint8Array(length) }, options, {
    protocol: 'udp',
    family: 'IPv4',
    ask: (_, signal) =>
      new Promise<{ mapped: TransportAddress; index: number }>((resolve, reject) => {
        const index = asked.length
        const answer = (one: TransportAddress | Error) =>
          one instanceof Error ? reject(one) : resolve({ mapped: one, index })
        asked.push({ at: clock.now(), answer, signal })
      }),
    discard: ({ index }) => discarded.push(index),
  })
  result.catch(() => {}) // Tests that expect it say so.
  return { clock, asked, discarded, stop, result }
}

test('one server at once, three more after 250 ms, then five; the first answer ends the other questions', async () => {
  const { clock, asked, discarded, result } = ask(10)
  await clock.advance(500)
  expect(asked.map(({ at }) => at)).toEqual([0, 250, 250, 250, 500, 500, 500, 500, 500])
  asked[2]?.answer(mapped)
  asked[4]?.answer(mapped)
  expect(await result).toMatchObject({ index: 2, external: mapped, server: 'stun:203.0.113.2', rttMs: 250 })
  await settle()
  expect(asked.every(({ signal }) => signal.aborted)).toBe(true)
  expect([discarded, clock.pending]).toEqual([[4], 0])
})

test('failures begin the next wave at once; the error names each failure when no server is left', async () => {
  const { clock, asked, result } = ask(2)
  await settle()
  asked[0]?.answer(new Error('a'))
  await settle()
  expect(asked.map(({ at }) => at)).toEqual([0, 0])
  asked[1]?.answer(new Error('b'))
  await expect(result).rejects.toMatchObject({
    code: 'NAT_NO_ANSWER',
    message: 'no STUN server answered: a; b',
    cause: { errors: [{ message: 'a' }, { message: 'b' }] },
  })
  expect(clock.pending).toBe(0)
})

test('an answer that cannot be true counts as none, and is discarded', async () => {
  const { asked, discarded, result } = ask(1)
  await settle()
  asked[0]?.answer({ ip: '2001:db8::1', port: 7000 })
  await expect(result).rejects.toThrow('stun:203.0.113.0 answered 2001:db8::1 to a question over IPv4')
  expect(discarded).toEqual([0])
})

test('aborting ends all questions and begins none', async () => {
  const { clock, asked, stop, result } = ask(10)
  await settle()
  stop.abort(new Error('enough'))
  await expect(result).rejects.toThrow('enough')
  asked[0]?.answer(new Error('ended'))
  await settle()
  expect([asked.length, clock.pending]).toEqual([1, 0])
})

test('without an answer the time runs out', async () => {
  const { clock, result } = ask(3)
  await clock.advance(5000)
  await expect(result).rejects.toMatchObject({
    code: 'NAT_NO_ANSWER',
    message: 'no STUN server answered within 5000 ms',
  })
})
