import { abortable, type Clock, type RandomBytes, within } from '@p2pd/netif'
import { base32 } from '../envelope/topic.ts'
import type { BrokerConnection } from './broker.ts'

/** A broker that has confirmed a message delivers it at once; two slow round trips. */
const DELIVERY_MS = 2000
const PROBE_LENGTH = 16
const TOPIC_LENGTH = 32

/** The parts of a check of delivery. */
export interface DeliveryCheck {
  readonly clock: Clock
  readonly random: RandomBytes
  /** @default one under `p2pd/1/m/` that nobody else knows */
  readonly topic?: string
  readonly signal?: AbortSignal
}

/**
 * Sends a message to itself over a broker. Returns the fault in words when it does not come back, `undefined` when it does.
 * Brokers confirm subscriptions and messages that an access list forbids, and drop them. Rejects when the connection ends.
 * MQTT 3.1.1 §3.3.5, MQTT 5.0 §3.4.2.1.
 */
export async function deliveryFault(
  connection: BrokerConnection,
  { clock, random, topic = `p2pd/1/m/${base32(random(TOPIC_LENGTH))}`, signal }: DeliveryCheck,
): Promise<string | undefined> {
  const probe = random(PROBE_LENGTH)
  let came = () => {}
  const back = new Promise<true>((resolve) => {
    came = () => resolve(true)
  })
  const listener = (payload: Uint8Array) => {
    if (payload.length === probe.length && payload.every((byte, index) => byte === probe[index])) came()
  }
  const stop = await abortable(connection.subscribe(topic, listener), signal)
  try {
    const refusal = await abortable(
      connection.publish(topic, probe).then(
        () => undefined,
        (error: Error) => error,
      ),
      signal,
    )
    if (refusal !== undefined)
      return `it takes no message (${refusal.message}): its access list has to let this user write under p2pd/1/`
    if (await within(clock, back, DELIVERY_MS, signal)) return undefined
    return 'it confirms messages and delivers none: its access list has to let this user read and write under p2pd/1/'
  } finally {
    stop()
  }
}
