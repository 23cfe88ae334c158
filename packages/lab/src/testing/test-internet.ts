import type { Clock, Network } from '@p2pd/netif'
import type { Scenario } from '../scenario.ts'

/** A host of the Internet under test. */
export interface TestHost {
  readonly network: Network
  readonly addresses: readonly string[]
  /** The first address. */
  readonly ip: string
}

/** The part of an Internet, virtual or real, that the suite uses. */
export interface TestInternet {
  readonly clock: Clock
  host(name: string): TestHost
  /** Waits for work that takes time there; virtual time passes meanwhile. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Restarts a box, which loses its mappings. */
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

/** After this time without a packet none will come: the suite's round trips take 24 ms at most. */
export const QUIET_MS = 600

/** The longest wait for an expected packet, on a busy machine. */
export const PATIENT_MS = 3000
