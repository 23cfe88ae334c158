import { expect, test } from '@jest/globals'
import { chachaSealing } from '../nodejs/pairing/sealing.ts'
import { pairingByThePage } from '../testdata/pairing-by-the-page.ts'
import { hex, vector } from '../testdata/protocol-page.ts'
import { formatCode, parseCode } from './code.ts'
import { GuessingSide } from './guessing-side.ts'
import type { Introduction } from './introduction.ts'
import { generatorOf, topicsOf } from './pairing-keys.ts'
import type { PairingMachine, PairingOutput } from './pairing-machine.ts'
import { encodePairingMessage } from './pairing-message.ts'
import { WaitingSide } from './waiting-side.ts'

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte)
const code = { number: 7421, secret: 123_456 }
const [attempt, holder] = [filled(16, 5), filled(16, 6)]
const scalars = { guesser: filled(32, 7), waiter: filled(32, 8) }
const guesser: Introduction = { id: vector('node id'), name: 'alice', purpose: 'files' }
const waiter: Introduction = { id: vector('node id of the peer'), name: 'bob', purpose: '' }

/** A side whose random bytes are those of the page. */
function sideOf(introduction: Introduction, ...draws: Uint8Array[]) {
  return { code, introduction, random: () => draws.shift() ?? filled(0, 0), sealing: chachaSealing }
}

/** Runs a pairing without loss, and returns what both sides said, by topic, and how each ended. */
function runPairing(): { said: string[][]; ends: PairingOutput[] } {
  const waiting = new WaitingSide(sideOf(waiter, holder, scalars.waiter))
  const guessing = new GuessingSide(sideOf(guesser, attempt, scalars.guesser))
  const said: string[][] = []
  const ends: PairingOutput[] = []
  const perform = (outputs: PairingOutput[], receiver: PairingMachine) => {
    for (const output of outputs) {
      if (output.type === 'done' || output.type === 'fail') ends.push(output)
      if (output.type !== 'publish') continue
      said.push([output.topic, hex(output.payload)])
      const back = receiver === waiting ? guessing : waiting
      if (receiver.topics.includes(output.topic))
        perform(receiver.receive(output.topic, output.payload, 0), back)
    }
  }
  perform(waiting.wake(0), guessing)
  perform(waiting.wake(500), guessing)
  perform(guessing.wake(500), waiting)
  return { said, ends }
}

test('a pairing sends the vectors of docs/protocol.md', () => {
  const { said, ends } = runPairing()
  expect(said).toEqual([
    [vector('topic of claims'), vector('pairing claim')],
    [vector('topic of the waiting side'), vector('pairing hello')],
    [vector('topic of the attempt'), vector('pairing share')],
    [vector('topic of the waiting side'), vector('pairing proof')],
    [vector('topic of the attempt'), vector('pairing welcome')],
    [vector('topic of claims'), vector('pairing ended')],
  ])
  expect(ends).toEqual([
    { type: 'done', peer: waiter },
    { type: 'done', peer: guesser },
  ])
})

test('the code, the generator and the refusals of a pairing are those of docs/protocol.md', () => {
  expect(formatCode(code)).toBe(vector('pairing code'))
  expect(parseCode(vector('pairing code'))).toEqual(code)
  expect(topicsOf(code.number).attempt(attempt)).toBe(vector('topic of the attempt'))
  expect(hex(generatorOf(code, attempt).toBytes())).toBe(vector('pairing generator'))
  expect(hex(encodePairingMessage({ type: 'wrong', attempt, left: 2 }))).toBe(vector('pairing wrong'))
  expect(hex(encodePairingMessage({ type: 'over', attempt }))).toBe(vector('pairing over'))
})

test('a second implementation, made from the page alone, has the same vectors', () => {
  const introductions = {
    guesser: [guesser.id, guesser.name, guesser.purpose],
    waiter: [waiter.id, waiter.name, waiter.purpose],
  }
  const made = pairingByThePage({ ...code, holder, attempt, scalars, introductions })
  for (const [what, value] of Object.entries(made))
    expect([what, typeof value === 'string' ? value : hex(value)]).toEqual([what, vector(what)])
})
