import { expect, test } from '@jest/globals'
import type { Summary } from '@p2pd/transfer'
import { TransferRecord } from './transfer-record.ts'

const summary: Summary = {
  ...{ files: 1, directories: 0, links: 0, bytes: 1, hasUnknownSize: false },
  ...{ entries: 1, names: ['soup.txt'], hidden: [], hiddenCount: 0, notes: [], noteCount: 0 },
}

test('H3: a transfer that goes on after a lost connection leaves the reason of the loss behind', () => {
  const seen: (string | undefined)[] = []
  const record = new TransferRecord({ id: '1', direction: 'out', state: 'calling' }, ({ resource }) =>
    seen.push(resource.reason),
  )
  record.follow({ type: 'offer', summary })
  record.change({ state: 'calling', reason: 'the stream ended' })
  record.follow({ type: 'offer', summary })
  record.done({ stored: 1, failed: 0 } as Parameters<TransferRecord['done']>[0])
  expect(seen).toEqual([undefined, 'the stream ended', undefined, undefined])
  expect(record.resource).toMatchObject({ state: 'done', stored: 1 })
  expect('reason' in record.resource).toBe(false)
})
