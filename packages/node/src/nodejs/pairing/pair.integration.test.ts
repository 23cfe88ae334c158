import { expect, test } from '@jest/globals'
import { formatCode, parseCode } from '../../pairing/code.ts'
import { createIdentity } from '../identity.ts'
import { Stage } from '../../testdata/nodes.ts'
import { pair } from './pair.ts'
import type { Paired } from './pair-options.ts'

const [alice, bob] = [createIdentity(), createIdentity()]

/** A side that waits, and its code. */
async function waiting(brokers: readonly string[]) {
  const wrongs: number[] = []
  let showCode = (_code: string) => {}
  const shown = new Promise<string>((resolve) => (showCode = resolve))
  const paired = pair({
    brokers,
    id: alice.id,
    name: 'alice',
    onCode: showCode,
    onWrong: (left) => wrongs.push(left),
  })
  paired.catch(() => {})
  return { paired, wrongs, code: await Promise.race([shown, paired.then(() => '')]) }
}

const ended = async (...all: readonly Promise<Paired>[]) => {
  for (const one of all) await (await one).ended
}

test('H4: two programs pair by a code that is typed in capitals, with prefixes and spaces', () =>
  Stage.run(async (stage) => {
    const brokers = [await stage.broker(), await stage.broker(), 'mqtt://127.0.0.1:1']
    const side = await waiting(brokers)
    expect(side.code).toMatch(/^\d{4}-[a-z]+-[a-z]+$/)
    const typed = side.code
      .split('-')
      .map((part) => part.slice(0, 4))
      .join(' ')
      .toUpperCase()
    const guess = pair({ brokers, id: bob.id, name: 'bob', code: typed })
    expect((await guess).peer).toEqual({ id: alice.id, name: 'alice', purpose: '' })
    expect((await side.paired).peer).toEqual({ id: bob.id, name: 'bob', purpose: '' })
    await ended(guess, side.paired)
  }))

test('H4: a typing error costs no guess, three wrong codes burn the code, and both sides learn it', () =>
  Stage.run(async (stage) => {
    const brokers = [await stage.broker()]
    const side = await waiting(brokers)
    const [number = '', first = '', second = ''] = side.code.split('-')
    const typo = pair({ brokers, id: bob.id, code: `${(Number(number) + 1) % 10_000}-${first}-${second}` })
    await expect(typo).rejects.toMatchObject({ code: 'NODE_BAD_CODE' })
    for (const left of [2, 1, 0]) {
      const guess = pair({ brokers, id: bob.id, code: otherCode(side.code) })
      await expect(guess).rejects.toMatchObject({ code: 'NODE_CODE_WRONG' })
      expect(side.wrongs.at(-1)).toBe(left)
    }
    await expect(side.paired).rejects.toMatchObject({ code: 'NODE_CODE_OVER' })
  }))

test('without a broker the pairing says why, and it can be aborted', () =>
  Stage.run(async (stage) => {
    const none = pair({ brokers: ['mqtt://127.0.0.1:1'], id: bob.id })
    await expect(none).rejects.toMatchObject({ code: 'NODE_NO_BROKER' })
    const abort = new AbortController()
    const aborted = pair({
      brokers: [await stage.broker()],
      id: bob.id,
      signal: abort.signal,
      onCode: () => abort.abort(),
    })
    await expect(aborted).rejects.toMatchObject({ code: 'NODE_ABORTED' })
  }))

/** Another code with the same number. */
function otherCode(code: string): string {
  const { number, secret } = parseCode(code)
  return formatCode({ number, secret: secret ^ 1 })
}
