import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Turns } from './turns.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('calls take turns; a turn ends when the call says so, or after 400 ms', async () => {
  const clock = new ManualClock()
  const turns = new Turns(clock)
  const got: string[] = []
  const take = async (name: string) => {
    const end = await turns.take()
    got.push(name)
    return end
  }
  const [first, second, third] = [take('a'), take('b'), take('c')]
  await settled()
  expect(got).toEqual(['a'])
  ;(await first)()
  await settled()
  expect(got).toEqual(['a', 'b'])
  await clock.advance(399)
  expect(got).toEqual(['a', 'b'])
  await clock.advance(1)
  expect(got).toEqual(['a', 'b', 'c'])
  for (const turn of [second, third]) (await turn)()
})
