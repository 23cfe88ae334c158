import { expect, test } from '@jest/globals'
import { toldSide } from '../testdata/told-side.ts'
import { meet } from './pairing.ts'
import type { ToldSide } from './told-side.ts'

const tcp = toldSide
const udp: ToldSide = { ...toldSide, protocol: 'udp' }
const tcp6: ToldSide = { ...toldSide, family: 'IPv6' }

test.each<[string, (ToldSide | undefined)[], ToldSide[], (ToldSide | undefined)[]]>([
  ['by protocol', [tcp, udp], [udp, tcp], [tcp, udp]],
  ['by family', [tcp6], [tcp, tcp6], [tcp6]],
  ['each once', [tcp, tcp], [tcp], [tcp, undefined]],
  ['nothing with nothing', [undefined, tcp], [tcp], [undefined, tcp]],
])('sides meet %s', (_, offered, mine, expected) => {
  expect(meet(offered, mine)).toEqual(expected)
})
