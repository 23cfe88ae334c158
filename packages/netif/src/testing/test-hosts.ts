import type { Family } from '../ip/family.ts'
import type { Network } from '../network.ts'

/** One host of the network under test. */
export interface TestHost {
  readonly network: Network
  /** An address of this host that the other reaches. */
  readonly ip: string
}

/** Two hosts that reach each other without a NAT between them; both may be the same. */
export interface TestHosts {
  readonly alice: TestHost
  readonly bob: TestHost
  /** Waits for what takes time on this network: a virtual one advances its clock meanwhile. */
  readonly settle: <Result>(promise: Promise<Result>) => Promise<Result>
  close?(): Promise<void>
}

/** Makes the hosts for one test. */
export type CreateHosts = (family: Family) => Promise<TestHosts>

/** Runs the body of a test on fresh hosts. */
export type WithHosts = (body: (hosts: TestHosts) => Promise<void>) => () => Promise<void>

/** Makes the function that runs each test on hosts of its own. */
export function withHosts(family: Family, create: CreateHosts): WithHosts {
  return (body) => async () => {
    const hosts = await create(family)
    try {
      await body(hosts)
    } finally {
      await hosts.close?.()
    }
  }
}
