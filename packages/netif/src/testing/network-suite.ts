import { describe } from '@jest/globals'
import type { Family } from '../ip/family.ts'
import { testTcp } from './tcp-suite.ts'
import { type CreateHosts, withHosts } from './test-hosts.ts'
import { testUdp } from './udp-suite.ts'

/** Tests the contract of `Network`, real or virtual: one suite for all. */
export function testNetwork(name: string, families: readonly Family[], create: CreateHosts): void {
  for (const family of families) {
    describe(`${name}, ${family}`, () => {
      testUdp(withHosts(family, create), family)
      testTcp(withHosts(family, create), family)
    })
  }
}
