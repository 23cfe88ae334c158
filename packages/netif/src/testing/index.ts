export { Dice } from './dice.ts'
export { ManualClock, settle } from './manual-clock.ts'
export { testNetwork } from './network-suite.ts'
export type { CreateHosts, TestHost, TestHosts } from './test-hosts.ts'
