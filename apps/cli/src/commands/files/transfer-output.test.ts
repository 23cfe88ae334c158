import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { PassThrough } from 'node:stream'
import { createContext, type Surroundings } from '../../context.ts'
import { TransferOutput } from './transfer-output.ts'

test('the last line has the time since the receiver accepted; the event has the whole time', async () => {
  const [stdout, stderr, clock] = [new PassThrough(), new PassThrough(), new ManualClock()]
  for (const flags of [{ json: true }, {}] as const) {
    const surroundings = { env: {}, stdout, stderr } as object as Surroundings
    const context = createContext(surroundings, { ...flags, logLevel: 'info' })
    const shown = new TransferOutput(context, { clock })
    await clock.advance(60_000)
    shown.event({ type: 'accepted' })
    await clock.advance(500)
    shown.event({ type: 'accepted' }) // After a lost connection.
    await clock.advance(700)
    shown.done({ stored: 4, failed: 0 } as Parameters<TransferOutput['done']>[0], 'sent')
  }
  expect(String(stdout.read())).toContain('"elapsedMs":61200')
  expect(String(stderr.read())).toBe('4 files sent in 1.2 s\n4 files sent in 1.2 s\n')
})
