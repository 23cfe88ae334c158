/**
 * Discovers the behaviour of the NAT in front of a NIC with a few packets, and predicts its next external ports.
 *
 * Plan, observations and report are plain values; a thin driver sends probes over the ports of `@p2pd/netif`. The
 * package describes NATs. `@p2pd/punch` decides which pairs can be punched, and punches them.
 *
 * ```ts
 * import { discoverNat, mappedPorts, predict } from '@p2pd/nat'
 * import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
 *
 * const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
 * const { report, observations } = await discoverNat(ports, { servers: ['stun:203.0.113.1:3478'] })
 * console.log(report.type, report.delta, predict(report, mappedPorts(observations)).ports)
 * ```
 *
 * RFC 4787 and RFC 5382 (the behaviour of NATs), RFC 5780 (how to discover it).
 *
 * @packageDocumentation
 */
export type { Behaviour, Delta, DeltaType, Dependency, NatType, PortRange } from './report/behaviour.ts'
export { behaviourOf, natTypeOf } from './report/behaviour.ts'
export { checkServers, type CheckServersOptions, type ServerCheck } from './netcheck/check-servers.ts'
export { classify } from './classify/classify.ts'
export {
  type DiscoverLimits,
  type DiscoverOptions,
  discoverExternalAddress,
  discoverNat,
  type NatDiscovery,
  type ServerResult,
} from './discovery/discover-nat.ts'
export { formatNetcheck } from './netcheck/format-netcheck.ts'
export type { ExternalMapping, MapOptions } from './map/ask-servers.ts'
export { type MapTcpOptions, type MapTcpPorts, mapTcpPort, type TcpPortMapping } from './map/map-tcp-port.ts'
export { type MapUdpOptions, type MapUdpPorts, mapUdpSocket } from './map/map-udp-socket.ts'
export type { GatewayMac } from './discovery/interface-source.ts'
export { type JournalView, ProbeJournal, type SentProbe } from './discovery/probe-journal.ts'
export { findMappingLifetime, type FindLifetimeOptions } from './discovery/find-mapping-lifetime.ts'
export * from './discovery/mapping-lifetime.ts'
export { NatError, type NatErrorCode } from './nat-error.ts'
export { type NatOf, NatReports, type NatReportsOptions } from './discovery/nat-reports.ts'
export {
  type Netcheck,
  type NetcheckOptions,
  netcheck,
  type OtherChecks,
  type OtherServerCheck,
} from './netcheck/netcheck.ts'
export type { NetcheckInterface, NetcheckRoute } from './netcheck/netcheck-interface.ts'
export { provesTcp, type Reached } from './netcheck/reached.ts'
export type {
  Observation,
  Probe,
  ProbePurpose,
  ProbeState,
  ProbeTest,
} from './discovery/observation.ts'
export { planProbes, type ProbePlan } from './plan/plan-probes.ts'
export type { DiscoveryGoal, DiscoverySetup, DiscoveryView } from './plan/view.ts'
export { mappedPorts } from './predict/mapped-ports.ts'
export {
  type MappedPort,
  type PredictionTechnique,
  type PredictOptions,
  type Prediction,
  predict,
} from './predict/predict.ts'
export type { NatPorts, ProbeSource } from './probe/prober.ts'
export { assumedFirewall } from './report/assumed-report.ts'
export {
  type NatReport,
  type ReportByHand,
  reportByHand,
  untestedReport,
  WHOLE_RANGE,
} from './report/nat-report.ts'
