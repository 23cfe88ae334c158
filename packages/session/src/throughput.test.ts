import { expect, test } from '@jest/globals'
import type { SessionOutput } from './output.ts'
import { SessionMachine } from './session-machine.ts'
import { Agenda } from './testdata/agenda.ts'

interface Link {
  readonly delayMs: number
  readonly bytesPerMs: number
  /** Bytes that the sending host takes before the link does. */
  readonly bufferBytes: number
}

/** TLS hands on a record when it is whole. RFC 8446 §5.1. */
const RECORD = 16_384
const KEY_EVERY_MS = 50
const chunk = new Uint8Array(64 * 1024)
const key = Uint8Array.of(1)

/**
 * One stream through a link, read at once; bytes that were read up to a time. A second stream has a byte now and then, from
 * `keysFrom` on; how long each was under way.
 */
function transfer({ delayMs, bytesPerMs, bufferBytes }: Link, milliseconds: number, keysFrom = milliseconds) {
  const agenda = new Agenda()
  const alice = new SessionMachine({ role: 'controlling' }, 0)
  const bob = new SessionMachine({ role: 'controlled' }, 0)
  const reads: { at: number; total: number }[] = [{ at: 0, total: 0 }]
  const keyDelays: number[] = []
  const pressed: number[] = []
  let [freeAt, mostKept, total] = [0, 0, 0]

  let keys: number | undefined

  const settle = (machine: SessionMachine) => perform(machine, machine.flush(agenda.now))
  function perform(machine: SessionMachine, outputs: readonly SessionOutput[]): void {
    const isAlice = machine === alice
    for (const output of outputs) {
      if (output.type === 'written' && output.id === 0) alice.streams.write(0, [chunk])
      if (output.type === 'readable') read()
      if (output.type !== 'send') continue
      const bytes = output.parts.length === 1 ? (output.parts[0] as Uint8Array) : Buffer.concat(output.parts)
      const startAt = isAlice ? Math.max(agenda.now, freeAt) : agenda.now
      const timeOf = (length: number) => (isAlice ? length / bytesPerMs : 0)
      const sentAt = startAt + timeOf(bytes.length)
      if (isAlice) freeAt = sentAt
      agenda.at(sentAt - timeOf(bufferBytes), () => {
        machine.ready(0)
        settle(machine)
      })
      for (let at = 0; at < bytes.length; at += RECORD) {
        const record = bytes.subarray(at, at + RECORD)
        agenda.at(startAt + timeOf(at + record.length) + delayMs, () => arrive(isAlice ? bob : alice, record))
      }
    }
    mostKept = Math.max(mostKept, alice.usage.resendBytes)
  }
  function arrive(machine: SessionMachine, bytes: Uint8Array): void {
    perform(machine, machine.receive(0, bytes, agenda.now))
    settle(machine)
    wake(machine)
  }
  function read(): void {
    for (let bytes = bob.streams.read(0); bytes; bytes = bob.streams.read(0)) total += bytes.length
    reads.push({ at: agenda.now, total })
    if (keys === undefined) return
    for (let bytes = bob.streams.read(keys); bytes; bytes = bob.streams.read(keys)) {
      for (const _ of bytes) keyDelays.push(agenda.now - (pressed.shift() ?? 0))
    }
  }
  function press(): void {
    keys ??= alice.streams.open('keys', agenda.now)
    pressed.push(agenda.now)
    alice.streams.write(keys, [key])
    settle(alice)
    agenda.at(agenda.now + KEY_EVERY_MS, press)
  }
  function wake(machine: SessionMachine): void {
    agenda.at(machine.wakeAt, () => {
      perform(machine, machine.wake(agenda.now))
      settle(machine)
    })
  }

  alice.streams.write(0, [chunk])
  for (const machine of [alice, bob]) perform(machine, machine.attach(0, {}, 0))
  for (const machine of [alice, bob]) settle(machine)
  agenda.at(keysFrom, press)
  while (agenda.now < milliseconds && agenda.step());
  const readAt = (time: number) => reads.findLast(({ at }) => at <= time)?.total ?? 0
  return { readAt, mostKept, keyDelays }
}

test('a stream reaches 0.8 of a path of 100 ms and 1 Gbit/s, and keeps twice its bandwidth-delay product at most', () => {
  const bytesPerMs = 125_000
  const { readAt, mostKept } = transfer({ delayMs: 50, bytesPerMs, bufferBytes: 0 }, 3000)
  const steady = (readAt(3000) - readAt(2000)) / (1000 * bytesPerMs)
  expect(steady).toBeGreaterThan(0.8)
  expect(readAt(2000) / (2000 * bytesPerMs)).toBeGreaterThan(0.4)
  expect(mostKept).toBeLessThanOrEqual(32 * 2 ** 20)
})

test.each([
  ['50 Mbit/s, 20 ms', 10, 6250],
  ['400 Mbit/s, 100 ms', 50, 50_000],
])('typing beside a copy waits 18 ms for it: %s, behind a buffer of 4 MiB', (_, delayMs, bytesPerMs) => {
  const { readAt, keyDelays } = transfer({ delayMs, bytesPerMs, bufferBytes: 4 * 2 ** 20 }, 6000, 1500)
  const late = keyDelays.slice(10).toSorted((a, b) => a - b)
  expect(late.length).toBeGreaterThan(70)
  expect(late[Math.floor(late.length * 0.95)]).toBeLessThan(delayMs + 18)
  expect((readAt(6000) - readAt(2000)) / (4000 * bytesPerMs)).toBeGreaterThan(0.9)
})
