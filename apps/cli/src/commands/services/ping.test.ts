import { expect, test } from '@jest/globals'
import type { PeerPipe, ReportLine } from '@p2pd/node'
import { PassThrough } from 'node:stream'
import { createContext, type Surroundings } from '../../context.ts'
import { pings, relayReason } from './ping.ts'

const line = (
  strategy: ReportLine['strategy'],
  outcome: ReportLine['outcome'],
  reason: string,
): ReportLine => ({
  strategy,
  outcome,
  reason,
  local: '',
  remote: '',
  startMs: 0,
  endMs: 1,
})

test('H5: the summary of ping says why the path is a relay', () => {
  const reason = 'relayed, because no other path was found within 1 s'
  const report = [line('direct', 'failed', 'refused'), line('relay', 'won', reason)]
  expect(relayReason({ strategy: 'relay', report })).toBe(reason)
  expect(relayReason({ strategy: 'relay', report: [] })).toBe('relayed, because of a reason that is unknown')
  expect(relayReason({ strategy: 'direct', report })).toBeUndefined()
})

test('H5: a peer that has gone for good ends ping, with the summary of what was answered', async () => {
  const events: Record<string, unknown>[] = []
  const errors = createContext(
    { env: {}, stdout: new PassThrough(), stderr: new PassThrough() } as object as Surroundings,
    { logLevel: 'silent' },
  )
  const context = {
    ...errors,
    interrupted: new AbortController().signal,
    output: {
      ...errors.output,
      event: (event: object) => void events.push(event as Record<string, unknown>),
    },
  }
  let [sent, last]: [number, Uint8Array] = [0, new Uint8Array()]
  const pipe = {
    connection: { strategy: 'direct', remote: { ip: '192.0.2.1', port: 1 }, report: [] },
    get closed() {
      return sent > 2
    },
    send: async (data: Uint8Array) => {
      sent++
      last = data
    },
    recv: async () => {
      if (sent > 2) throw new Error('closed')
      return { data: last }
    },
  } as object as PeerPipe
  await expect(pings(context, pipe, { count: 5, timeout: 1000 })).rejects.toMatchObject({
    code: 'CLI_UNANSWERED',
    message: 'the peer has gone: 1 of 2 was answered',
  })
  expect(events.map(({ event, seq, lost }) => [event, seq ?? lost])).toEqual([
    ['pong', 1],
    ['unanswered', 2],
    ['summary', 1],
  ])
})
