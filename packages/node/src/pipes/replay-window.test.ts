import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { REPLAY_WINDOW, ReplayWindow } from './replay-window.ts'

/** The same, remembering everything. */
class Reference {
  readonly #seen = new Set<number>()
  #newest = -1

  isNew(counter: number): boolean {
    return !this.#seen.has(counter) && counter > this.#newest - REPLAY_WINDOW
  }

  record(counter: number): void {
    this.#seen.add(counter)
    this.#newest = Math.max(this.#newest, counter)
  }
}

/** Steps from one counter to the next: small ones, word and window edges, jumps. */
const steps = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -40, max: 40 }) },
  fc.integer({ min: -1100, max: 1100 }),
  fc.integer({ min: -3000, max: 10_000 }),
  fc.constantFrom(-1024, -1023, 31, 32, 33, 2016, 2047, 2048, 2049, 2 ** 33),
)

test('says what a perfect memory says', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.array(steps, { maxLength: 300 }), (start, walk) => {
      const [window, reference] = [new ReplayWindow(), new Reference()]
      let counter = start
      for (const step of walk) {
        expect(window.isNew(counter)).toBe(reference.isNew(counter))
        if (reference.isNew(counter)) {
          window.record(counter)
          reference.record(counter)
        }
        expect(window.isNew(counter)).toBe(false)
        counter = Math.max(0, counter + step)
      }
    }),
    { numRuns: 500 },
  )
})

test('the window is 1,024 wide', () => {
  const window = new ReplayWindow()
  window.record(5000)
  expect(window.isNew(5000 - 1023)).toBe(true)
  expect(window.isNew(5000 - 1024)).toBe(false)
})

test('asking changes nothing, and recording what is too old neither', () => {
  const window = new ReplayWindow()
  window.isNew(100_000)
  expect(window.isNew(0)).toBe(true)
  window.record(100_000)
  window.record(0)
  expect(window.isNew(100_000 - 1)).toBe(true)
})
