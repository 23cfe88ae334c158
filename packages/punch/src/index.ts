/**
 * Hole punching: UDP and TCP paths through NATs and firewalls, in pure JavaScript.
 *
 * `punchable` tells whether two NATs can be punched. `planPunch` describes, as data, what each side has to do.
 * `executeUdpPunch` and `executeTcpPunch` do it on the ports of `@p2pd/netif`, in a real or a virtual network.
 *
 * Other packages discover NATs (`@p2pd/nat`), and signalling carries each side's `PunchSide` and a token to the
 * other. The punch encrypts nothing: the peer at the end of a path has proved that it knows the token, no more.
 *
 * @example
 * ```ts
 * import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
 * import { executeUdpPunch, type LocalSide, planPunch, type PunchSide } from '@p2pd/punch'
 *
 * async function punch(local: LocalSide, peer: PunchSide, token: Uint8Array) {
 *   const plan = planPunch(local, peer, { protocol: 'udp', controlling: true })
 *   if (plan.technique === 'impossible') throw new Error(plan.reason)
 *   const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
 *   return executeUdpPunch(plan, ports, { token })
 * }
 * ```
 *
 * RFC 4787, 5382 (NATs for UDP and TCP), RFC 5128 (peers across NATs), RFC 8445 (nomination), RFC 9293 §3.5
 * (simultaneous open).
 *
 * @packageDocumentation
 */
export { type Birthday, birthdayChance, sizeBirthday } from './plan/birthday.ts'
export type {
  ImpossiblePair,
  ImpossiblePlan,
  Openers,
  PunchPlan,
  Search,
  PunchTarget,
  Technique,
  Timing,
} from './plan/plan.ts'
export { planPunch, type PunchContext } from './plan/plan-punch.ts'
export type { PunchOptions, PunchPorts, UdpPunchOptions } from './plan/ports.ts'
export { PunchError, type PunchErrorCode } from './punch-error.ts'
export { type Dependency, type PortAssignment, portAssignmentOf, type PunchNat } from './plan/punch-nat.ts'
export { type AssessedNat, type Guesser, type Punchability, punchable } from './plan/punchable.ts'
export { behindSameNat, endpointsWanted, type LocalSide, type PunchSide } from './plan/side.ts'
export { executeTcpPunch } from './tcp/execute-tcp-punch.ts'
export { TOKEN_LENGTH } from './token.ts'
export { executeUdpPunch, type UdpPath } from './udp/execute-udp-punch.ts'
