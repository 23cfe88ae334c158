import { systemClock, systemRandom } from '@p2pd/netif/node'
import type { SignalRuntime } from '../runtime.ts'

/** The clocks and the randomness of the machine. */
export const systemRuntime: SignalRuntime = {
  clock: systemClock,
  wallClock: () => Date.now(),
  random: systemRandom,
}
