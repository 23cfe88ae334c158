export { translateOsError } from './os-error.ts'
export { systemClock } from './system-clock.ts'
export { systemNetwork } from './system-network.ts'
export { systemRandom } from './system-random.ts'
