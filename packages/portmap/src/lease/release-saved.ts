import { abortable, fromHex, sleep, withDeadline } from '@p2pd/netif'
import type { Gateway } from '../gateway/gateway.ts'
import type { Granted, PortmapPorts } from '../gateway/mapping-request.ts'
import { MAPPING_NONCE_BYTES } from '../pcp/pcp-message.ts'
import type { LeaseGoal } from './lease-request.ts'
import { PortmapError } from '../portmap-error.ts'
import type { SavedLease, SavedLeases } from './lease-store.ts'

/** UPnP takes four exchanges, of 4 s with some gateways, and there is no hurry: a program that starts, or a person, asks for this. */
const RELEASE_LIMIT_MS = 20_000
/** A gateway that has not answered may be busy with others: it is asked once more after this time. */
const REPEAT_AFTER_MS = 2_000

/** Ends the mappings that a store knows on these gateways, except those that are in use again. */
export async function releaseSaved(
  { clock }: PortmapPorts,
  saved: SavedLeases,
  gateways: readonly Gateway[],
  inUse: readonly Pick<LeaseGoal, 'transport' | 'internal'>[],
  log: (event: string, fields: object) => void,
): Promise<number> {
  const left = saved.all().filter((lease) => !inUse.some((goal) => isFor(lease, goal)))
  const released = left.map(async (lease) => {
    const gateway = gateways.find(({ ip }) => ip === lease.gateway)
    const mappingNonce = fromHex(lease.mappingNonce, MAPPING_NONCE_BYTES)
    if (gateway === undefined || mappingNonce === undefined) return 0
    const { transport, internal, externalPort } = lease
    const request = {
      transport,
      internal,
      suggestedExternalPort: externalPort,
      lifetimeSeconds: 0,
      mappingNonce,
    }
    try {
      await withDeadline({ clock, timeoutMs: RELEASE_LIMIT_MS }, async (signal) => {
        const release = () => abortable(gateway.release(request, grantedOf(lease), signal), signal)
        await release().catch(async (error: unknown) => {
          if (error instanceof PortmapError && error.gatewayCode !== undefined) throw error
          await sleep(clock, REPEAT_AFTER_MS, signal)
          await release()
        })
      })
    } catch (error) {
      // The record stays for the next time; the mapping may end by itself before.
      log('portmap.not-released', { transport, internal, externalPort, error: String(error) })
      return 0
    }
    saved.remove(lease)
    return 1
  })
  return (await Promise.all(released)).reduce<number>((sum, one) => sum + one, 0)
}

function grantedOf({ protocol, externalPort, pinholeId }: SavedLease): Granted {
  return {
    type: 'granted',
    protocol,
    external: { port: externalPort },
    lifetimeSeconds: 0,
    ...(pinholeId !== undefined && { pinholeId }),
    conflicts: [],
    isUncertain: true,
  }
}

function isFor(
  lease: SavedLease,
  { transport, internal }: Pick<LeaseGoal, 'transport' | 'internal'>,
): boolean {
  return (
    lease.transport === transport &&
    lease.internal.ip === internal.ip &&
    lease.internal.port === internal.port
  )
}
