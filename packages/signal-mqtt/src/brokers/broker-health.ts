/** How well a broker has served us lately. */
export interface BrokerHealth {
  /** From 0, everything failed, to 1. */
  readonly score: number
  /** From a publication to its acknowledgement; unknown before the first. */
  readonly roundTripMs?: number
}

/** How much one outcome counts: after three failures in a row a perfect broker is at a third. */
const WEIGHT = 0.3
/** Below this a broker is used when the better ones do not do. */
const POOR = 0.5

/** Before anything is known a broker is given credit. */
export const UNKNOWN_HEALTH: BrokerHealth = { score: 1 }

/** Something worked, and took so long. */
export function afterSuccess(health: BrokerHealth, roundTripMs: number): BrokerHealth {
  const before = health.roundTripMs ?? roundTripMs
  return {
    score: health.score + (1 - health.score) * WEIGHT,
    roundTripMs: before + (roundTripMs - before) * WEIGHT,
  }
}

/** Something failed: a connection, or a message that was not acknowledged. */
export function afterFailure(health: BrokerHealth): BrokerHealth {
  return { ...health, score: health.score * (1 - WEIGHT) }
}

/** The health of a broker, as far as this node has seen it. */
interface Choice {
  readonly status: { readonly state: 'connecting' | 'up' | 'down'; readonly health: BrokerHealth }
}

/** Orders brokers by how likely they work; among equals the given order stays. */
export function preferHealthy<T extends Choice>(brokers: readonly T[]): T[] {
  const penalty = ({ status }: T) =>
    (status.state === 'up' ? 0 : status.state === 'connecting' ? 1 : 2) +
    (status.health.score < POOR ? 0.5 : 0)
  return [...brokers].sort((a, b) => penalty(a) - penalty(b))
}
