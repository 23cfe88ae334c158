import { canonicalIp, isLiteral, kindOf } from '@p2pd/netif'
import { LabError } from '../lab-error.ts'

/** A process can have so many connections to one broker, whose other ends are ports of one address. */
export const MAX_NODES = 25_000

/** More calls tell nothing new, and the list of their times would fill the memory. */
export const MAX_CALLS = 1_000_000

/** A forgotten run ends by itself. */
export const MAX_LOAD_MS = 3_600_000

/** The work of a load, its bounds, and its brokers. */
export interface LoadPlan {
  /** URLs of brokers, on loopback or on a host of the lab. */
  readonly brokers: readonly string[]
  /** Simulated nodes, 2 to 25,000. */
  readonly nodes: number
  /** Offers that are answered, 0 to a million. */
  readonly calls: number
  /** Identities, and who calls whom, are drawn from it. */
  readonly seed: number
  /** Pieces of work under way at a time. @default 64 */
  readonly atOnce?: number
  /** Work not begun by then is left out, and reported as left. At most an hour. @default 10 minutes */
  readonly limitMs?: number
}

/**
 * Throws `LAB_LOAD_REFUSED` for a plan out of bounds. A load must not reach somebody else's broker by mistake.
 * An address is one of loopback, or one that the lab gave to a host. The environment of the lab's programs names those.
 */
export function checkLoadPlan(
  plan: LoadPlan,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  checkBound('nodes', plan.nodes, 2, MAX_NODES)
  checkBound('calls', plan.calls, 0, MAX_CALLS)
  if (plan.atOnce !== undefined) checkBound('atOnce', plan.atOnce, 1, MAX_NODES)
  if (plan.limitMs !== undefined) checkBound('limitMs', plan.limitMs, 1, MAX_LOAD_MS)
  if (plan.brokers.length === 0) throw new LabError('LAB_LOAD_REFUSED', 'a load needs a broker')
  const ofLab = labAddresses(environment)
  for (const broker of plan.brokers) {
    const host = hostOf(broker)
    if (host === 'localhost' || (isLiteral(host) && (isLoopback(host) || ofLab.has(canonicalIp(host)))))
      continue
    const message = `${host} is neither loopback nor a host of the lab: load is for brokers on this machine alone`
    throw new LabError('LAB_LOAD_REFUSED', message)
  }
}

function checkBound(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new LabError('LAB_LOAD_REFUSED', `${name}: ${value} is not a whole number from ${least} to ${most}`)
}

function hostOf(broker: string): string {
  if (!URL.canParse(broker))
    throw new LabError('LAB_LOAD_REFUSED', 'a broker needs a URL, such as mqtt://127.0.0.1:1883')
  return new URL(broker).hostname.replace(/^\[|\]$/g, '')
}

function isLoopback(ip: string): boolean {
  return kindOf(ip) === 'loopback'
}

/** The addresses of the variables `P2PD_LAB_…_IPV4` and `P2PD_LAB_…_IPV6`, which programs on hosts of the lab have. */
function labAddresses(environment: Readonly<Record<string, string | undefined>>): Set<string> {
  const lists = Object.entries(environment).filter(([name]) => /^P2PD_LAB_(\w+_)?IPV[46]$/.test(name))
  const ips = lists.flatMap(([, list = '']) => list.split(',')).filter((ip) => isLiteral(ip))
  return new Set(ips.map((ip) => canonicalIp(ip)))
}
