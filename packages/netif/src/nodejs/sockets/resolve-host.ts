import { lookup } from 'node:dns/promises'
import { abortable } from '../../timing/abortable.ts'
import type { Clock } from '../../timing/clock.ts'
import { type Deadline, withDeadline } from '../../timing/deadline.ts'
import { literalFamily } from '../../ip/ip-literal.ts'
import { type AddressKind, kindOf } from '../../ip/ip-scope.ts'
import { NetifError } from '../../netif-error.ts'
import type { ResolveOptions } from '../../network.ts'
import type { Family } from '../../ip/family.ts'
import { translateOsError } from './os-error.ts'
import { systemClock } from '../system-clock.ts'

/** Resolvers try two servers for 5 s each; who waits for a connection gives up earlier. */
const TIMEOUT_MS = 5000
const MAX_NAME_LENGTH = 254 // 253 and the root's dot: RFC 1035 §2.3.4

/** As getaddrinfo's wrapper wants them. */
const FAMILY_NUMBERS = { both: 0, IPv4: 4, IPv6: 6 } as const

/** Asks the system for a name's addresses: hosts file, DNS, mDNS, whatever it is set up for. */
export type Lookup = (host: string, family: Family | undefined) => Promise<readonly string[]>

const systemLookup: Lookup = async (host, family) => {
  const options = { all: true, order: 'verbatim', family: FAMILY_NUMBERS[family ?? 'both'] } as const
  return (await lookup(host, options)).map(({ address }) => address)
}

/**
 * Addresses of a host name in the resolver's order; a literal address is its own answer. Rejects with `NETIF_RESOLVE`,
 * `NETIF_TIMEOUT`, `NETIF_ABORTED` or `NETIF_SYSTEM`.
 */
export function resolve(host: string, options?: ResolveOptions): Promise<readonly string[]> {
  return resolveHost(host, options)
}

/** As `resolve`, with a given resolver and clock. Fails by `timeoutMs` even when the system does not answer. */
export async function resolveHost(
  host: string,
  options: ResolveOptions = {},
  ask: Lookup = systemLookup,
  clock: Clock = systemClock,
): Promise<readonly string[]> {
  const { family, timeoutMs = TIMEOUT_MS, signal } = options
  const literal = literalFamily(host)
  if (literal !== undefined) {
    if (family === undefined || family === literal) return [host]
    throw new NetifError(
      'NETIF_RESOLVE',
      `cannot resolve ${host}: it is an ${literal} address, not ${family}`,
    )
  }
  checkName(host)
  const answer = ask(host, family).catch((error: unknown) => {
    throw translateOsError(error, `resolve ${host}${family ? ` to ${family}` : ''}`)
  })
  const deadline: Deadline = {
    clock,
    timeoutMs,
    signal,
    timedOut: () =>
      new NetifError('NETIF_TIMEOUT', `cannot resolve ${host}: no answer within ${timeoutMs} ms`),
    aborted: (cause) => new NetifError('NETIF_ABORTED', `gave up: resolve ${host}`, { cause }),
  }
  const addresses = await withDeadline(deadline, (ending) => abortable(answer, ending))
  const usable = addresses.filter(isUsable)
  if (usable.length > 0) return usable
  const told = addresses.length > 0 ? `the answer is ${addresses.join(', ')}` : 'the answer is empty'
  throw new NetifError('NETIF_RESOLVE', `cannot resolve ${host}: ${told}`)
}

/** Refuses what the system's resolver would take for a number: `1`, `0x7f.1`, `010.0.0.1`. */
function checkName(host: string): void {
  const last = host.replace(/\.$/, '').split('.').at(-1) ?? ''
  const number = /^(\d+|0x[0-9a-f]*)$/i.test(last)
  if (host.length > MAX_NAME_LENGTH || number || !/^[^\s/:@%[\]\0]+$/.test(host)) {
    throw new NetifError(
      'NETIF_RESOLVE',
      `not a host name: ${JSON.stringify(host.slice(0, MAX_NAME_LENGTH))}`,
    )
  }
}

/** Blocking resolvers answer 0.0.0.0; group addresses are nobody's. RFC 1122 §3.2.1.3, RFC 4291 §2.7. */
const UNUSABLE: readonly AddressKind[] = ['unspecified', 'multicast', 'broadcast']

function isUsable(ip: string): boolean {
  return !UNUSABLE.includes(kindOf(ip))
}
