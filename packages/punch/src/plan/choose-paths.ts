import { chooseTechnique } from './choose-technique.ts'
import type { ImpossiblePair, Technique } from './plan.ts'
import { portAssignmentOf } from './punch-nat.ts'
import { behindSameNat, type PunchSide } from './side.ts'

/** The paths that two sides try, and the technique. */
export interface ChosenPaths {
  readonly technique: Technique
  /** Directly between host candidates: both sides are behind one NAT. */
  readonly hosts: boolean
  /** Between external endpoints, through both NATs. */
  readonly external: boolean
}

/** The paths that two sides try, or the reason why there is none. Both sides get the same answer. */
export function choosePaths(
  protocol: 'udp' | 'tcp',
  local: PunchSide,
  remote: PunchSide,
  failedAttempts = 0,
): ChosenPaths | ImpossiblePair {
  const hosts = behindSameNat(local, remote) && local.hosts.length > 0 && remote.hosts.length > 0
  const technique =
    lackOf(protocol, 'this side', local) ??
    lackOf(protocol, 'the peer', remote) ??
    chooseTechnique(protocol, local.nat, remote.nat, failedAttempts)
  if (!hosts) return typeof technique === 'object' ? technique : { technique, hosts, external: true }
  // A search through the NAT that both share costs more packets than it is worth.
  const external = typeof technique !== 'object' && technique !== 'birthday'
  return { technique: external ? technique : 'known-mappings', hosts, external }
}

/** The lack of a side that rules all external paths out, if there is one. */
function lackOf(
  protocol: 'udp' | 'tcp',
  name: string,
  { nat, endpoints }: PunchSide,
): ImpossiblePair | undefined {
  if (nat.type === 'blocked') {
    return { reason: `${name}'s network lets no ${protocol.toUpperCase()} through` }
  }
  const [found, kind] =
    portAssignmentOf(nat) === 'random' ? [nat.externalAddresses, 'address'] : [endpoints, 'endpoint']
  return found.length === 0 ? { reason: `no external ${kind} of ${name} is known` } : undefined
}
