import type { Clock, Network } from '@p2pd/netif'
import type { Scenario } from '../scenario.ts'

/** A host of the Internet under test. */
export interface TestHost {
  readonly network: Network
  readonly addresses: readonly string[]
  /** Its first address. */
  readonly ip: string
}

/** What the suite needs of an Internet, virtual or real. */
export interface TestInternet {
  readonly clock: Clock
  host(name: string): TestHost
  /** Waits for what takes time there: virtual time passes meanwhile. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Cuts a box's power for a moment. */
  restart(box: string): void
  close(): Promise<void>
}

/** Brings a scenario up for one test. */
export type CreateInternet = (scenario: Scenario) => Promise<TestInternet>

/** A test on an Internet of its own. */
export type WithInternet = (
  scenario: Scenario,
  body: (net: TestInternet) => Promise<void>,
) => () => Promise<void>

/** How long to wait before nothing came: many of the suite's round trips, which take 24 ms at most. */
export const QUIET_MS = 600

/** How long to wait for what has to come, on a machine with much else to do. */
export const PATIENT_MS = 3000

/** What the promise gives, or undefined when that takes too long. */
export function within<Result>(
  clock: Clock,
  work: Promise<Result>,
  timeoutMs: number,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.at(clock.now() + timeoutMs, () => resolve(undefined))
    work.then(resolve, reject).finally(cancel)
  })
}

/** Lets time pass. */
export function pause(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => clock.at(clock.now() + durationMs, resolve))
}
