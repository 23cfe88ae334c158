import type { VirtualBroker, VirtualInternet } from '@p2pd/lab'
import { wait } from '../connect/testbed.ts'

/** TCP, and CONNECT with CONNACK. */
const HANDSHAKE_ROUND_TRIPS = 2

/**
 * Has connections to a broker take the round trips of a handshake. The returned function cuts those that exist, as a NAT does that
 * is restarted: nothing gets through any more, in silence. Later connections work.
 */
export function cuttable(net: VirtualInternet, broker: VirtualBroker, delayMs: number): () => void {
  const connect = broker.connect.bind(broker)
  const never = new Promise<never>(() => {})
  let generation = 0
  broker.connect = (from) => {
    const client = connect(from)
    const own = generation
    const isCut = () => own !== generation
    const opened = wait(net.clock, HANDSHAKE_ROUND_TRIPS * 2 * (from.delayToInternetMs + delayMs))
    const unlessCut = async <T>(work: () => Promise<T>): Promise<T> => {
      await opened
      return isCut() ? never : Promise.race([work(), never])
    }
    return {
      ...client,
      publish: (...message) => unlessCut(() => client.publish(...message)),
      subscribe: (topic, listener) =>
        unlessCut(() =>
          client.subscribe(topic, (...message) => {
            if (!isCut()) listener(...message)
          }),
        ),
    }
  }
  return () => {
    generation++
  }
}
