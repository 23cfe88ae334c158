import { expect, test } from '@jest/globals'
import type { Attempt } from '../attempt.ts'
import { expectations } from './expectations.ts'
import { attempt } from './made-up.ts'
import { Summary } from './summary.ts'

const homes = { caller: 'home', callee: 'home' } as const
const random = { caller: 'random', callee: 'home' } as const

const ours = [
  attempt({ system: 'p2pd', ...homes, firstByteMs: 200 }),
  attempt({ system: 'p2pd', ...homes, start: 'cold', firstByteMs: 400 }),
  attempt({ system: 'p2pd', ...random, firstByteMs: 900 }),
]
const theirs = [
  attempt({ system: 'hyperdht', ...homes, firstByteMs: 320 }),
  attempt({ system: 'hyperdht', ...homes, start: 'cold', firstByteMs: 410 }),
  attempt({ system: 'hyperdht', ...random, way: 'none' }),
]

/** Whether each claim holds: nobody else alone, easy cold, easy warm, symmetric share, symmetric time. */
function verdicts(...attempts: readonly Attempt[]): (boolean | undefined)[] {
  return expectations(new Summary(attempts)).map(({ holds }) => holds)
}

test('each claim has a verdict, and the figures that decide it', () => {
  const [alone, cold, warm, share, time] = expectations(new Summary([...ours, ...theirs]))
  expect(alone).toMatchObject({ holds: true, detail: 'none of 2' })
  expect(cold).toMatchObject({ holds: false, detail: '0.98: 400 ms to 410 ms' })
  expect(warm).toMatchObject({ holds: true, detail: '0.63: 200 ms to 320 ms' })
  expect(share).toMatchObject({ holds: true, detail: 'p2pd 100 %, hyperdht 0 %' })
  expect(time).toMatchObject({ holds: true, detail: 'no other system connects one' })
})

test('a system that connects a pair more often is named', () => {
  const relayed = attempt({ system: 'p2pd', ...random, way: 'relayed' })
  const direct = attempt({ system: 'werift', ...random })
  const [alone] = expectations(new Summary([...ours, relayed, ...theirs, direct]))
  expect(alone).toMatchObject({ holds: false, detail: 'Random calls home: werift' })
})

test('symmetric pairs that both connect are compared by time', () => {
  const another = { caller: 'counting', callee: 'home' } as const
  const shared = (ms: number) => [
    attempt({ system: 'p2pd', ...another, firstByteMs: 300 }),
    attempt({ system: 'hyperdht', ...another, firstByteMs: ms }),
  ]
  expect(verdicts(...ours, ...theirs, ...shared(400)).slice(3)).toEqual([true, true])
  expect(verdicts(...ours, ...theirs, ...shared(200)).slice(3)).toEqual([true, false])
})

test('a run of one system decides nothing', () => {
  expect(new Set(verdicts(...ours))).toEqual(new Set([undefined]))
})
