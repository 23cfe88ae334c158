import type { BrokerHealth } from './broker-health.ts'

/** How a broker is doing. */
export interface BrokerStatus {
  /** Without user and password. */
  readonly url: string
  /** `up`: connected and listening there. */
  readonly state: 'connecting' | 'up' | 'down'
  /** Why it is not up. */
  readonly reason?: string
  /** The address of this host that the connection leaves from, where it is up and that is known. */
  readonly localAddress?: string
  readonly health: BrokerHealth
  /** Whether the broker keeps the record of this node; missing before that was tried. */
  readonly keepsRecord?: boolean
}
