export { testInternet } from './internet-suite.ts'
export type { CreateInternet, TestHost, TestInternet } from './test-internet.ts'
