import { test } from '@jest/globals'
import { hasCoturn } from './start-coturn.ts'

export * from './start-coturn.ts'

/** A test that needs coturn; without it it is skipped and its name says why. */
export const testWithCoturn: (name: string, run: () => Promise<void>) => void = hasCoturn()
  ? (name, run) => test(name, run, 60_000)
  : (name, run) => test.skip(`${name} (turnserver is not installed)`, run)
export * from './mutate.ts'
