import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { Mutex } from '../punching/mutex.ts'
import type { Path } from '../pipes/path.ts'
import type { StrategyAttempt } from '../race/strategy-race.ts'
import type { StrategyName } from '../report/report.ts'
import { sideDescription } from '../testdata/side-description.ts'
import type { CallContext } from './context.ts'
import { PeerKnowledge, type PunchOffer } from './peer-knowledge.ts'
import { StrategyHistory } from './strategy-history.ts'
import { tcpPunch } from './tcp-punch.ts'
import { udpPunch } from './udp-punch.ts'

const peer = new Uint8Array(32).fill(2)
const clockOffset = { offsetMs: 0, errorMs: 0 }

/** A call on a host that cannot dial, so that each of its punches fails. */
function callOn(options: Partial<CallContext> = {}) {
  const clock = new ManualClock()
  const history = new StrategyHistory(clock)
  const offered: StrategyName[] = []
  const skipped: string[] = []
  const attempts: StrategyAttempt<Path>[] = []
  let held = 0
  const refuse = () => Promise.reject(new Error('refused'))
  const runtime = { clock, network: { dial: refuse, listenTcp: refuse } }
  const call = {
    node: { runtime, birthdays: new Mutex() },
    role: 'controlling',
    peer,
    strategies: ['tcp-punch', 'udp-punch'],
    startedAt: 0,
    paths: {},
    history,
    offerer: {
      offerAgain: (name: StrategyName) => Promise.resolve(void offered.push(name)),
      claim: () => () => {},
    },
    race: {
      add: (attempt: StrategyAttempt<Path>) => void attempts.push(attempt),
      skip: (_: string, reason: string) => void skipped.push(reason),
      hold: () => {
        held++
        return () => void held--
      },
    },
    ...options,
  } as unknown as CallContext
  const knowledge = new PeerKnowledge([])
  tcpPunch.call(call, knowledge)
  /** The peer answers an offer of one side with one of its own. */
  const answer = (failedAttempts: number) => {
    const { side } = sideDescription
    const locals = [{ ip: '192.168.1.5', port: 40_000 }]
    const own = { ...sideDescription, side: { ...side, locals }, sockets: [], base: { ip: '192.168.1.5' } }
    const sides = [own as unknown as PreparedSide]
    const offer: PunchOffer = { strategies: ['tcp-punch'], token: new Uint8Array(16), failedAttempts, sides }
    knowledge.learnOffer(offer)
    knowledge.learnAnswer(offer, { candidates: [], sides: [sideDescription], clockOffset })
  }
  const failLast = async () => {
    let isOver = false
    const end = () => (isOver = true)
    void attempts
      .at(-1)
      ?.run(new AbortController().signal, () => {})
      .catch(end)
    while (!isOver) await clock.advance(100)
  }
  return { clock, call, history, offered, skipped, attempts, answer, failLast, held: () => held }
}

test('a failed punch is offered once more; failed twice, it is given up for a while', async () => {
  const { answer, attempts, call, failLast, history, offered, held } = callOn()
  answer(0)
  expect(attempts).toHaveLength(1)
  await failLast()
  expect(offered).toEqual(['tcp-punch'])
  expect(tcpPunch.unusable(call)).toBeUndefined()
  answer(1)
  expect(attempts).toHaveLength(2)
  await failLast()
  expect(offered).toEqual(['tcp-punch'])
  expect(history.givenUpSeconds(peer, 'tcp-punch')).toBe(0)
  expect(tcpPunch.unusable(call)).toMatch(/failed twice with this peer 0 s ago/)
  expect(held()).toBe(0)
})

test('a second attempt that could not end within the call is not begun', async () => {
  const { answer, clock, failLast, offered } = callOn()
  answer(0)
  await clock.advance(12_001)
  await failLast()
  expect(offered).toEqual([])
})

test.each([
  [{ offerer: undefined }, tcpPunch, /needs signalling/],
  [{ paths: { reach: 'lan' } }, tcpPunch, /only paths inside this network/],
  [{}, udpPunch, /udx-native is not installed: npm install udx-native/],
] as const)('an impossible punch is reported at once: %j', (options, strategy, reason) => {
  expect(strategy.unusable(callOn(options).call)).toMatch(reason)
})
