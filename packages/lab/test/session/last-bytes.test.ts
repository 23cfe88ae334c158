import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import type { PeerPipe } from '@p2pd/node'
import type { SessionStream } from '@p2pd/session/node'
import { pairOf, withNodes } from '../connect/testbed.ts'

const LENGTH = 1_000_000
/** The line needs 16 s for what is written, most of which a session keeps for a resend. */
const slow = {
  nat: { kind: 'open' },
  link: { delayMs: 12.5, bitsPerSecond: 500_000, queueMs: 1000 },
} as const

test.each(['first', 'last'])(
  'G4: a caller whose stream has ended in both directions closes when the peer has everything: the peer ends %s',
  (turn) =>
    withNodes({ hosts: [slow, slow], echo: false }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
      const pipe = await alice.connect(bob.id)
      const { stream } = await accepted
      let arrived = 0
      stream.on('data', (chunk: Buffer) => (arrived += chunk.length))
      const ended = once(stream, turn === 'first' ? 'close' : 'end')
      if (turn === 'first') stream.end()
      pipe.stream.resume()
      pipe.stream.end(Buffer.alloc(LENGTH))
      if (turn === 'first') await once(pipe.stream, 'close')
      else
        ended.then(
          () => stream.end(),
          () => {},
        )
      await pipe.close()
      await alice.close()
      await ended
      expect(arrived).toBe(LENGTH)
      expect(stream.errored).toBeNull()
    }),
)

test('the stream of a pipe is aborted with a code, which overtakes what the peer has not read', () =>
  withNodes({ hosts: [slow, slow], echo: false }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const { stream } = await alice.connect(bob.id)
    const { stream: unread } = await accepted
    const aborted = new Promise((resolve) => unread.once('close', resolve))
    stream.write(Buffer.alloc(LENGTH))
    expect(stream).toHaveProperty('reset')
    ;(stream as SessionStream).reset(20)
    await aborted
    expect(unread.errored).toMatchObject({ code: 'SESSION_RESET', closeCode: 20 })
  }))
