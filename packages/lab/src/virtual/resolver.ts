import { familyOf, literalFamily, NetifError, type ResolveOptions } from '@p2pd/netif'
import type { Scheduler } from './scheduler.ts'

/** The default of `ResolveOptions`. */
const DEFAULT_TIMEOUT_MS = 5000

/** The name table of a virtual Internet. */
export class NameTable {
  readonly #addresses = new Map<string, readonly string[]>()

  set(name: string, addresses: readonly string[]): void {
    this.#addresses.set(name.toLowerCase(), addresses)
  }

  get(name: string): readonly string[] {
    return this.#addresses.get(name.toLowerCase()) ?? []
  }
}

/** Resolves a name for a host that is `roundTripMs` away from the table. */
export function resolveName(
  names: NameTable,
  scheduler: Scheduler,
  roundTripMs: number,
  host: string,
  { family, timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ResolveOptions = {},
): Promise<readonly string[]> {
  const isWanted = (ip: string) => family === undefined || familyOf(ip) === family
  const wanted = (literalFamily(host) === undefined ? names.get(host) : [host]).filter(isWanted)
  const isLiteral = literalFamily(host) !== undefined
  const delayMs = isLiteral ? 0 : Math.min(roundTripMs, timeoutMs)
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel()
      reject(new NetifError('NETIF_ABORTED', `gave up: resolve ${host}`, { cause: signal?.reason }))
    }
    const cancel = scheduler.at(scheduler.now() + delayMs, () => {
      signal?.removeEventListener('abort', abort)
      if (!isLiteral && roundTripMs > timeoutMs)
        reject(new NetifError('NETIF_TIMEOUT', `cannot resolve ${host}: no answer within ${timeoutMs} ms`))
      else if (wanted.length === 0)
        reject(new NetifError('NETIF_RESOLVE', `cannot resolve ${host}: no ${family ?? 'such'} address`))
      else resolve(wanted)
    })
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}
