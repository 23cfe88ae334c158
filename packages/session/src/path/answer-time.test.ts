import { expect, test } from '@jest/globals'
import { AnswerTime } from './answer-time.ts'

test('the time of an answer runs from when 256 KiB are left before it: a long queue in this host counts for nothing', () => {
  const answers = new AnswerTime()
  answers.sent(2_000_000, 0)
  for (let now = 100; now <= 32_000; now += 100) answers.acknowledge(62.5 * now, now)
  expect(answers.longestMs(32_000)).toBeGreaterThan(4000)
  expect(answers.longestMs(32_000)).toBeLessThan(4400)
})

test('later answers halve it, and what is lost is never waited for', () => {
  const answers = new AnswerTime()
  answers.sample(4000)
  answers.sample(50)
  expect(answers.longestMs(0)).toBe(2000)
  answers.sent(100, 0)
  answers.forget()
  answers.acknowledge(100, 60_000)
  expect(answers.longestMs(60_000)).toBe(2000)
})

test('a probe without an answer counts for as long as bytes of the peer arrive', () => {
  const answers = new AnswerTime()
  answers.sent(100, 1000)
  expect([answers.longestMs(1000), answers.longestMs(4000)]).toEqual([0, 3000])
})
