import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { TcpConnection } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import type { CallContext } from './context.ts'
import { PeerKnowledge, type PunchOffer } from './peer-knowledge.ts'
import { reverse } from './reverse.ts'

const address = { ip: '192.0.2.1', port: 4000 }
const offer: PunchOffer = { strategies: ['reverse'], token: new Uint8Array(16), failedAttempts: 0, sides: [] }
const answer = { candidates: [], sides: [], clockOffset: { offsetMs: 0, errorMs: 0 } }

/** A call whose peer is played by the test. */
function start() {
  const clock = new ManualClock()
  const added: unknown[] = []
  const skipped: string[] = []
  let held = 0
  let dialBack: (connection: TcpConnection) => void = () => {}
  const peer = new PeerKnowledge([])
  peer.learnOffer(offer)
  const call = {
    node: { runtime: { clock } },
    race: {
      add: (attempt: unknown) => added.push(attempt),
      skip: (_: string, reason: string) => skipped.push(reason),
      hold: () => {
        held++
        return () => void held--
      },
    },
    onDialledBack: (listener: typeof dialBack) => {
      dialBack = listener
      return () => {}
    },
  } as unknown as CallContext
  const stop = reverse.call(call, peer)
  const arrive = () => {
    const stream = new PassThrough()
    dialBack({ stream, local: address, remote: address })
    return stream
  }
  return {
    clock,
    added,
    skipped,
    holds: () => held,
    answered: () => peer.learnAnswer(offer, answer),
    arrive,
    stop,
  }
}

test('a peer that answers is waited for, 5 s and no longer', async () => {
  const { clock, skipped, holds, answered, stop } = start()
  answered()
  answered()
  expect(holds()).toBe(1)
  await clock.advance(4999)
  expect([skipped.length, holds()]).toEqual([0, 1])
  await clock.advance(1)
  expect(skipped).toEqual(['the peer answered, but no connection of its came through'])
  expect(holds()).toBe(0)
  stop()
  expect(clock.pending).toBe(0)
})

test('who knows the preamble can open 64 connections for a call, and no more', () => {
  const { added, arrive, stop } = start()
  const streams = Array.from({ length: 65 }, arrive)
  expect(added).toHaveLength(64)
  expect(streams.map(({ destroyed }) => destroyed)).toEqual([...Array<boolean>(64).fill(false), true])
  stop()
})
