/**
 * The ports of `@p2pd/udx` on `udx-native`.
 */
export { loadUdx } from './load-udx.ts'
