import type { DeltaType, NatType } from '@p2pd/nat'
import type { LinkSettings } from './link.ts'
import type { BoxSettings, DeltaSettingType } from './nat/settings.ts'

/** P2PD's seven NAT types, from open to closed. */
export const natTypes = [
  'open',
  'udp-firewall',
  'full-cone',
  'restricted',
  'port-restricted',
  'symmetric',
  'blocked',
] as const satisfies readonly NatType[]

/** P2PD's five rules for the next external port. */
export const deltaTypes = ['equal', 'preserving', 'independent', 'dependent', 'random'] as const

/** Typical networks, composed from field studies. */
export const mixNames = ['home', 'carrier', 'corporate', 'hotel', 'cloud'] as const
export type MixName = (typeof mixNames)[number]

/** The name of a preset. */
export type PresetName = `${NatType}-${DeltaSettingType}` | MixName | FieldName

/** Type and delta of one protocol of a box, as a NAT report has them. */
export interface Classification {
  readonly type: NatType
  readonly delta: DeltaType
}

/** Boxes from public reports: each differs from the 35 in one respect. */
export const fieldNames = [
  'shared-counter',
  'parity-counter',
  'port-block',
  'overloaded-block',
  'split-addresses',
  'address-pool',
  'nondeterministic',
  'tunnel',
  'short-udp',
  'reordering',
] as const
export type FieldName = (typeof fieldNames)[number]

/** A named box. */
export interface Preset {
  readonly name: PresetName
  /** A description for people. */
  readonly meaning: string
  readonly settings: BoxSettings
  readonly udp: Classification
  readonly tcp: Classification
  /** The link of the box, where that makes it what it is. */
  readonly link?: LinkSettings
}
