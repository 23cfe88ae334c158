import { type Clock, within } from '@p2pd/netif'
import type { Gateway } from './gateway.ts'
import type { AttemptResult } from './map-attempt.ts'
import type { Granted, MappingRequest, Refused } from './mapping-request.ts'

/** How long a gateway has before the next one of its NIC is asked as well: most answer within a quarter of it. */
const STAGGER_MS = 1_000

/** A gateway that said yes, or what all of them said. */
export interface GatewaysAnswer {
  readonly won?: { readonly gateway: Gateway; readonly granted: Granted }
  readonly refusals: readonly { readonly gateway: string; readonly refused: Refused }[]
}

/** Asks a NIC's gateways, the one with the lowest metric first: its answers come back the way that mappings need. */
export async function firstGranted(
  clock: Clock,
  gateways: readonly Gateway[],
  request: MappingRequest,
  signal: AbortSignal,
): Promise<GatewaysAnswer> {
  const [only, ...more] = gateways
  if (only !== undefined && more.length === 0) return answerOf(only, await only.map(request, signal))
  const controller = new AbortController()
  const both = AbortSignal.any([signal, controller.signal])
  const refusals: { gateway: string; refused: Refused }[] = []
  const running: Promise<GatewaysAnswer['won']>[] = []
  try {
    for (const [index, gateway] of gateways.entries()) {
      const attempt = gateway.map(request, both).then(({ granted, refusals: all }) => {
        refusals.push(...all.map((refused) => ({ gateway: gateway.ip, refused })))
        return granted === undefined ? undefined : { gateway, granted }
      })
      running.push(attempt)
      if (index === gateways.length - 1) break
      const won = await within(clock, firstDefined(running), STAGGER_MS, signal)
      if (won !== undefined) return { won, refusals }
    }
    const won = await firstDefined(running)
    return { ...(won !== undefined && { won }), refusals }
  } finally {
    controller.abort(new Error('another gateway was used'))
    // Those that lost end by their signal.
    for (const attempt of running) attempt.catch(() => {})
  }
}

function answerOf(gateway: Gateway, { granted, refusals }: AttemptResult): GatewaysAnswer {
  return {
    ...(granted !== undefined && { won: { gateway, granted } }),
    refusals: refusals.map((refused) => ({ gateway: gateway.ip, refused })),
  }
}

/** The first of the promises' values that is one; undefined when all are undefined; a failure counts when all end so. */
function firstDefined<Value>(promises: readonly Promise<Value | undefined>[]): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    let left = promises.length
    const settle = (end: () => void) => {
      left--
      if (left === 0) end()
    }
    for (const promise of promises) {
      promise.then(
        (value) => (value === undefined ? settle(() => resolve(undefined)) : resolve(value)),
        (error: unknown) => settle(() => reject(error as Error)),
      )
    }
  })
}
