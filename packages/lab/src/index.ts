/**
 * An Internet on one machine.
 *
 * @packageDocumentation
 */
export {
  type AddressPlan,
  AddressPlanner,
  type PlannedAddress,
  type PlannedBox,
  type PlannedHost,
  type PlannedNic,
  planAddresses,
} from './address-plan.ts'
export { boxSettings } from './box-settings.ts'
export { hop } from './hop.ts'
export { LabError, type LabErrorCode } from './lab-error.ts'
export { HEADER_BYTES, LinkDirection, type LinkSettings } from './link.ts'
export type { Emission, Middlebox, Side } from './middlebox.ts'
export { type BoxOptions, createBox, externalAddressCount, Nat } from './nat/create-box.ts'
export { type Dependency, remoteKey } from './nat/dependency.ts'
export { describeDelta, describeNat } from './nat/describe.ts'
export {
  type Behaviour,
  type BoxSettings,
  behaviourOf,
  type Delta,
  type DeltaType,
  type FirewallSettings,
  type Lifetimes,
  type NatSettings,
  type OpenSettings,
  type PortSettings,
  type TrafficSettings,
  type Unsolicited,
} from './nat/settings.ts'
export type { IcmpError, IcmpPacket, Packet, TcpFlags, TcpPacket, UdpPacket } from './packet.ts'
export { checkScenario, parseScenario } from './parse-scenario.ts'
export { pcapHeader, pcapRecord } from './pcap.ts'
export {
  deltaTypes,
  findPreset,
  type MixName,
  mixNames,
  type NatType,
  natTypes,
  type Observable,
  type Preset,
  type PresetName,
  presetList,
  presets,
} from './presets.ts'
export { createRandom, type Random, randomBytesFrom, randomInteger } from './random.ts'
export { type BoxEntry, type HostEntry, INTERNET, type ProgramEntry, type Scenario } from './scenario.ts'
export type { BrokerClient, BrokerListener, PublishOptions, VirtualBroker } from './virtual/broker.ts'
export type { Crossing, VirtualBox } from './virtual/fabric.ts'
export type { RunOptions } from './virtual/scheduler.ts'
export { formatCrossing, formatPacket } from './virtual/trace.ts'
export type { VirtualHost } from './virtual/virtual-host.ts'
export {
  type BoxOptions as VirtualBoxOptions,
  createVirtual,
  type HostOptions,
  VirtualInternet,
  type VirtualInternetOptions,
} from './virtual/virtual-internet.ts'
