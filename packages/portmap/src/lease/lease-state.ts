import type { TransportAddress } from '@p2pd/netif'
import { failedAttempts } from '../gateway/map-attempt.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Granted, Refused } from '../gateway/mapping-request.ts'
import type { LeaseState, UnmappedReason } from '../lease.ts'
import type { MappingTransport } from '../mapping.ts'
import { judgeExternal } from './judge-external.ts'

/** A grant as the lease's user sees it. */
export function mappedState(
  { transport, internal }: { readonly transport: MappingTransport; readonly internal: TransportAddress },
  {
    gateway,
    granted,
    grantedAt,
  }: { readonly gateway: string; readonly granted: Granted; readonly grantedAt: number },
  stunIp: string | undefined,
): LeaseState {
  const { protocol, external, lifetimeSeconds, conflicts } = granted
  const doubts = judgeExternal(external.ip, stunIp)
  return {
    status: 'mapped',
    conflicts,
    mapping: {
      protocol,
      transport,
      gateway,
      internal,
      external,
      lifetimeSeconds,
      ...(lifetimeSeconds > 0 && { expiresAt: grantedAt + lifetimeSeconds * 1000 }),
      doubts,
      doubleNat: doubts.length > 0,
      publishable: doubts.length === 0,
    },
  }
}

/** Why there is none, as the lease's user sees it. */
export function unmappedState(
  reason: UnmappedReason,
  refusals: readonly { readonly gateway: string; readonly refused: Refused }[],
): LeaseState {
  const doubleNat = refusals.some(({ refused: { outcome } }) => {
    return outcome === 'no-external-network' || outcome === 'nat-between'
  })
  const failed = refusals.flatMap(({ gateway, refused }) => failedAttempts(gateway, [refused]))
  return { status: 'unmapped', reason, failed, doubleNat }
}

/**
 * The state of gateways that are being asked, as far as known. Undefined when one has answered and is at work, unless
 * that one has had its time.
 */
export function unmappedSoFar(
  asking: readonly Pick<Gateway, 'ip' | 'hasAnswered' | 'refusedSoFar' | 'refusedByNow'>[],
  isTimeOver: boolean,
): LeaseState | undefined {
  const answered = asking.filter(({ hasAnswered }) => hasAnswered)
  const isAtWork = answered.some(({ refusedSoFar }) => refusedSoFar === undefined)
  if (isAtWork && !isTimeOver) return undefined
  const refusals = asking.flatMap(({ ip, refusedSoFar, refusedByNow }) => {
    return (refusedSoFar ?? refusedByNow).map((refused) => ({ gateway: ip, refused }))
  })
  return unmappedState(answered.length > 0 ? 'refused' : 'no-gateway', refusals)
}
