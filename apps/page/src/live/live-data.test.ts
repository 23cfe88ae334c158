import { expect, test } from '@jest/globals'
import type { Client } from '@p2pd/client'
import { LiveData } from './live-data.ts'
import { EMPTY, type Snapshot } from './snapshot.ts'

test('an older answer that comes after a newer one is not shown', async () => {
  const waiting: ((answer: object) => void)[] = []
  const client = {
    request: () => new Promise((resolve) => waiting.push(resolve)),
    events: async function* () {},
  } as unknown as Client
  let shown: Snapshot = EMPTY
  const live = new LiveData(client, (snapshot) => (shown = snapshot))
  const older = live.refresh(['pairings'])
  const newer = live.refresh(['pairings', 'contacts'])
  const [first, second, contacts] = waiting
  second?.({ items: [{ id: '1', state: 'paired' }] })
  contacts?.({ items: [] })
  await newer
  first?.({ items: [{ id: '1', state: 'waiting' }] })
  await older
  expect(shown.pairings).toEqual([{ id: '1', state: 'paired' }])
})

test('a thousand pipes are not read again for each of the events that come together', async () => {
  let reads = 0
  let end = () => {}
  const pipe = { name: 'p' } as Snapshot['pipes'][number]
  const seen = new Promise<void>((resolve) => (end = resolve))
  const client = {
    request: async (route: string) => {
      if (route === 'get /v1/pipes') reads++
      return { items: route === 'get /v1/pipes' ? Array.from({ length: 1000 }, () => pipe) : [] }
    },
    events: async function* () {
      for (let id = 1; id <= 50; id++) {
        yield { id, at: 'then', type: 'path' }
        // The burst settles, and would be read.
        if (id % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 30))
      }
      end()
      await new Promise(() => {})
    },
  } as unknown as Client
  let shown: Snapshot = EMPTY
  const live = new LiveData(client, (snapshot) => (shown = snapshot))
  live.start()
  await seen
  live.stop()
  // All parts at the start, and the first burst at once. The next ones wait for their turn.
  expect(reads).toBe(2)
  expect(shown.pipes).toHaveLength(1000)
})
