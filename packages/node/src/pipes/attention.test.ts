import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Attention } from './attention.ts'

function watch() {
  const clock = new ManualClock()
  const changes: string[] = []
  const attention = new Attention(clock, (isAttentive) => changes.push(`${clock.now()}: ${isAttentive}`))
  return { clock, changes, attention }
}

test('a session that has begun is in use, and idle after 30 s without bytes', async () => {
  const { clock, changes, attention } = watch()
  attention.add({ received: 0, unacknowledgedBytes: 0 })
  await clock.advance(100_000)
  expect(changes).toEqual(['0: true', '30000: false'])
})

test.each(['received', 'unacknowledgedBytes'] as const)(
  'bytes make it one in use again: %s',
  async (which) => {
    const { clock, changes, attention } = watch()
    const session = { received: 0, unacknowledgedBytes: 0 }
    attention.add(session)
    await clock.advance(60_500)
    session[which] = 1
    await clock.advance(1000)
    session.unacknowledgedBytes = 0
    await clock.advance(60_000)
    expect(changes).toEqual(['0: true', '30000: false', '61000: true', '91000: false'])
  },
)

test('one session in use among idle ones is enough; without sessions nothing is looked at', async () => {
  const { clock, changes, attention } = watch()
  const [idle, used] = [
    { received: 0, unacknowledgedBytes: 0 },
    { received: 0, unacknowledgedBytes: 10 },
  ]
  attention.add(idle)
  attention.add(used)
  await clock.advance(100_000)
  expect(changes).toEqual(['0: true'])
  attention.delete(used)
  attention.delete(idle)
  expect(changes).toEqual(['0: true', '100000: false'])
  expect(clock.pending).toBe(0)
})
