export { ManualClock, settle } from './manual-clock.ts'
export { type CreateHosts, type TestHost, type TestHosts, testNetwork } from './network-suite.ts'
