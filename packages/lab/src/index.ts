/**
 * An Internet on one machine, for trying network programs. It has NAT models by RFC 4787, a virtual Internet in
 * virtual time, and a kernel Internet of network namespaces. It measures nothing on real networks, and no other
 * package of the library imports it.
 *
 * ```ts
 * const net = new VirtualInternet({ seed: 1 })
 * const [alice, server] = [net.host({ nat: presets.carrier }), net.host()]
 * await net.run(async () => {
 *   const socket = await alice.network.bindUdp({ local: { ip: '0.0.0.0', port: 0 } })
 *   socket.send(bytes, { ip: server.ip, port: 3478 })
 * })
 * ```
 *
 * RFC 4787 (UDP), RFC 5382 (TCP), RFC 5508 (ICMP), RFC 6092 (IPv6 firewalls), RFC 6888 (carriers).
 *
 * @packageDocumentation
 */
export type * from './address-plan.ts'
export { planAddresses } from './address-plan.ts'
export { boxSettings } from './box-settings.ts'
export type { ExecOptions, ExecResult, KernelHost } from './kernel/kernel-host.ts'
export { KernelInternet, type KernelInternetOptions } from './kernel/kernel-internet.ts'
export { type KernelMode, type KernelSupport, kernelInternetSupport } from './kernel/kernel-support.ts'
export * from './kernel/routers/real-router.ts'
export { type ProgramResult, runScenario, type RunScenarioOptions } from './kernel/run-scenario.ts'
export { type RunningHost, runningHosts } from './kernel/running-hosts.ts'
export { LabError, type LabErrorCode } from './lab-error.ts'
export type { LinkSettings } from './link.ts'
export * from './load/run-load.ts'
export {
  fieldMatrixPresets,
  LEAST_SHARE,
  type MatrixCell,
  type MatrixPair,
  matrixPresets,
} from './matrix/cell.ts'
export { connectedRuns, problemOf, problemsOf, summarize, type TechniqueSummary } from './matrix/limits.ts'
export { type CellSuccess, heatMapHead, heatMapRow, TECHNIQUE_LETTERS } from './matrix/heat-map.ts'
export { heatMapSvg } from './matrix/heat-map-svg.ts'
export { halfMatrixSize, runKernelMatrix } from './matrix/run-kernel-matrix.ts'
export { type MatrixOptions, PROTOCOLS, runMatrix } from './matrix/run-matrix.ts'
export { FLOOR_MS, R_D, R_S } from './punching/conditions.ts'
export * from './replay/replay.ts'
export type { PunchResult } from './punching/run-punch.ts'
export type * from './middlebox.ts'
export { type BoxOptions, createBox, Nat } from './nat/create-box.ts'
export { type Dependency, remoteKey } from './nat/dependency.ts'
export { describeDelta, describeNat } from './nat/describe.ts'
export type { ForwardedTo } from './nat/port-forwarding.ts'
export type * from './nat/settings.ts'
export type * from './packet.ts'
export { checkScenario, parseScenario } from './parse-scenario.ts'
export { pcapHeader, pcapRecord } from './pcap.ts'
export type { PairOutcome, RelayedOutcome } from './population/connect-pair.ts'
export {
  type DirectStrategy,
  directStrategies,
  type ConnectMethod,
  type RelayTiming,
} from './population/method.ts'
export type { PeerPair } from './population/pair.ts'
export * from './population/peer.ts'
export * from './population/run-population.ts'
export * from './population/population-summary.ts'
export * from './preset.ts'
export { findPreset, presetList, presets } from './presets.ts'
export { createRandom, type Random, randomBytesFrom, randomInteger } from './random.ts'
export { INTERNET } from './scenario.ts'
export type * from './scenario.ts'
export * from './turn/turn-servers.ts'
export type { BrokerClient, BrokerListener, VirtualPublishOptions, VirtualBroker } from './virtual/broker.ts'
export type { Attachment, Crossing, VirtualBox } from './virtual/fabric.ts'
export type { RunOptions } from './virtual/scheduler.ts'
export { formatCrossing, formatPacket } from './virtual/trace.ts'
export type { VirtualHost } from './virtual/virtual-host.ts'
export * from './virtual/virtual-internet.ts'
