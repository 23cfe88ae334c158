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
