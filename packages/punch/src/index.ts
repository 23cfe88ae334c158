/**
 * Hole punching.
 *
 * @packageDocumentation
 */
export type { ImpossiblePlan, PunchPlan, Search, Target, Technique, Timing } from './plan.ts'
export { type LocalSide, planPunch, type PunchContext } from './plan-punch.ts'
export type { PunchOptions, PunchPorts, UdpPunchOptions } from './ports.ts'
export { PunchError, type PunchErrorCode } from './punch-error.ts'
export { endpointsWanted, type Foresight, foresightOf, type PunchNat, type PunchSide } from './side.ts'
export { executeTcpPunch } from './tcp/execute-tcp-punch.ts'
export { TOKEN_LENGTH } from './token.ts'
export { executeUdpPunch, type UdpPath } from './udp/execute-udp-punch.ts'
