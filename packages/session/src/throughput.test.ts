import { expect, test } from '@jest/globals'
import type { SessionOutput } from './output.ts'
import { SessionMachine } from './session-machine.ts'
import { Agenda } from './testdata/agenda.ts'

const DELAY_MS = 50
const BYTES_PER_MS = 125_000 // 1 Gbit/s
const chunk = new Uint8Array(64 * 1024)

/** One stream through a path of a round trip of 100 ms, read at once; bytes that were read up to a time. */
function transfer(milliseconds: number): {
  readonly readAt: (time: number) => number
  readonly mostKept: number
} {
  const agenda = new Agenda()
  const alice = new SessionMachine({ role: 'controlling' }, 0)
  const bob = new SessionMachine({ role: 'controlled' }, 0)
  const reads: { at: number; total: number }[] = [{ at: 0, total: 0 }]
  let [freeAt, mostKept, total] = [0, 0, 0]

  const settle = (machine: SessionMachine) => perform(machine, machine.flush(agenda.now))
  function perform(machine: SessionMachine, outputs: readonly SessionOutput[]): void {
    const isAlice = machine === alice
    for (const output of outputs) {
      if (output.type === 'written') alice.streams.write(0, [chunk])
      if (output.type === 'readable') read()
      if (output.type !== 'send') continue
      const bytes = output.parts.length === 1 ? (output.parts[0] as Uint8Array) : Buffer.concat(output.parts)
      const sentAt = isAlice ? Math.max(agenda.now, freeAt) + bytes.length / BYTES_PER_MS : agenda.now
      if (isAlice) freeAt = sentAt
      const other = isAlice ? bob : alice
      agenda.at(sentAt, () => {
        machine.ready(0)
        settle(machine)
      })
      agenda.at(sentAt + DELAY_MS, () => {
        perform(other, other.receive(0, bytes, agenda.now))
        settle(other)
        wake(other)
      })
    }
    mostKept = Math.max(mostKept, alice.usage.resendBytes)
  }
  function read(): void {
    for (let bytes = bob.streams.read(0); bytes; bytes = bob.streams.read(0)) total += bytes.length
    reads.push({ at: agenda.now, total })
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
  while (agenda.now < milliseconds && agenda.step());
  const readAt = (time: number) => reads.findLast(({ at }) => at <= time)?.total ?? 0
  return { readAt, mostKept }
}

test('a stream reaches 0.8 of a path of 100 ms and 1 Gbit/s, and keeps twice its bandwidth-delay product at most', () => {
  const { readAt, mostKept } = transfer(3000)
  const steady = (readAt(3000) - readAt(2000)) / (1000 * BYTES_PER_MS)
  expect(steady).toBeGreaterThan(0.8)
  expect(readAt(2000) / (2000 * BYTES_PER_MS)).toBeGreaterThan(0.4)
  expect(mostKept).toBeLessThanOrEqual(32 * 2 ** 20)
})
