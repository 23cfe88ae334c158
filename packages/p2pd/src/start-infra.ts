import type { Infra, InfraOptions } from '@p2pd/infra'

/**
 * Starts a STUN server, with TURN if there are users, and an MQTT broker: see `@p2pd/infra`, which is loaded with the first
 * call. Programs that only connect do without these servers.
 *
 * Rejects with `INFRA_INVALID_ARGUMENT` for bad hosts. When it cannot listen, the code is `INFRA_ADDRESS_IN_USE`,
 * `INFRA_ADDRESS_NOT_AVAILABLE`, `INFRA_PERMISSION` or `INFRA_LISTEN`.
 */
export async function startInfra(options: InfraOptions = {}): Promise<Infra> {
  const infra = await import('@p2pd/infra')
  return infra.startInfra(options)
}
