/**
 * Hole punching: UDP and TCP paths through NATs and firewalls, in pure JavaScript.
 *
 * `planPunch` looks at two NATs and says, as data, what each side has to do; `executeUdpPunch` and
 * `executeTcpPunch` do it on the ports of `@p2pd/netif`, so a virtual network runs them as well as a real one.
 *
 * It finds out nothing about NATs (`@p2pd/nat` does, and STUN), carries no signalling (both sides get each other's
 * `PunchSide` and a token through a channel of their own) and encrypts nothing: a path is known to lead to who
 * has the token, no more.
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
export type { ImpossiblePlan, Openers, PunchPlan, Search, Target, Technique, Timing } from './plan/plan.ts'
export { planPunch, type PunchContext } from './plan/plan-punch.ts'
export type { PunchOptions, PunchPorts, UdpPunchOptions } from './plan/ports.ts'
export { PunchError, type PunchErrorCode } from './punch-error.ts'
export {
  areNear,
  type Dependency,
  endpointsWanted,
  type Predictability,
  predictabilityOf,
  type LocalSide,
  type PunchNat,
  type PunchSide,
} from './plan/side.ts'
export { executeTcpPunch } from './tcp/execute-tcp-punch.ts'
export { TOKEN_LENGTH } from './token.ts'
export { executeUdpPunch, type UdpPath } from './udp/execute-udp-punch.ts'
