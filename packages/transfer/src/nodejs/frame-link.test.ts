import type { Duplex } from 'node:stream'
import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { duplexPair } from '../testdata/duplex-pair.ts'
import { FrameLink } from './frame-link.ts'

/** A stream as a session has it: its abort reaches the peer with a code, ahead of what the peer has not read. */
function abortable(stream: Duplex, peer: Duplex): Duplex {
  const reset = (closeCode: number) => {
    peer.destroy(Object.assign(new Error(`aborted with ${closeCode}`), { closeCode }))
    stream.destroy()
  }
  return Object.assign(stream, { reset })
}

async function firstError(link: FrameLink): Promise<unknown> {
  try {
    for await (const frame of link.frames()) expect(frame).toBeUndefined()
    return undefined
  } catch (error) {
    return error
  }
}

test.each([
  ['refused', 'TRANSFER_REFUSED'],
  ['cancelled', 'TRANSFER_CANCELLED'],
  ['no-space', 'TRANSFER_NO_SPACE'],
] as const)(
  'a peer that reads nothing for a second gets the reason %s with the abort of the stream',
  async (reason, code) => {
    const [here, there] = duplexPair()
    const clock = new ManualClock()
    const [link, peer] = [new FrameLink(abortable(here, there), clock), new FrameLink(there, clock)]
    // More than both ends buffer is before the reason.
    for (let frame = 0; frame < 40; frame++)
      void link.send({ type: 'entries', bytes: Buffer.alloc(16_384) }).catch(() => {})
    const stopped = link.stop(reason, 'in the words of the sender')
    await clock.advance(1000)
    await stopped
    expect(await firstError(peer)).toMatchObject({ code, side: 'peer', detail: reason })
  },
)

test('a stream without codes that is destroyed is a lost connection', async () => {
  const [here, there] = duplexPair()
  const clock = new ManualClock()
  const [link, peer] = [new FrameLink(here, clock), new FrameLink(there, clock)]
  for (let frame = 0; frame < 40; frame++)
    void link.send({ type: 'entries', bytes: Buffer.alloc(16_384) }).catch(() => {})
  const stopped = link.stop('cancelled', 'in the words of the sender')
  await clock.advance(1000)
  await stopped
  expect(await firstError(peer)).toMatchObject({ code: 'TRANSFER_CLOSED', side: 'local' })
})
