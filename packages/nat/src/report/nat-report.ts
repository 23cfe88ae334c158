import { behaviourOf, type Delta, type Dependency, type NatType, type PortRange } from './behaviour.ts'
import { NatError } from '../nat-error.ts'

/** The behaviour of a NAT for one protocol of one NIC, as plain data that JSON can carry. */
export interface NatReport {
  readonly type: NatType
  readonly mapping: Dependency | 'unknown'
  readonly filtering: Dependency | 'unknown'
  readonly delta: Delta
  /** First and last external port, as observed. */
  readonly portRange: PortRange
  /** One host gets several external addresses at a time. RFC 4787 §4.1. */
  readonly pooledAddresses: boolean
  /** Hosts behind the NAT reach each other by external addresses. RFC 4787 §6. */
  readonly hairpin: boolean
  /** 0 to 1: the confidence in type and delta. */
  readonly confidence: number
  /** The reasons for the verdicts, as sentences. */
  readonly evidence: readonly string[]
  /** Most often seen first. */
  readonly externalAddresses: readonly string[]
  /** Even internal ports get even external ones. RFC 4787 §4.2.2. */
  readonly parity: boolean
  /** 0 to 1: the share of other hosts in the ports that a counting NAT assigned meanwhile. */
  readonly crossTraffic: number
  /** One counter serves UDP and TCP; only known when both were tested at the same time. */
  readonly sharedCounter: boolean
  /**
   * Nothing was measured. The report follows from other facts, which `evidence` names; no STUN server would answer.
   * @default false
   */
  readonly assumed?: boolean
  /** An idle mapping lives at least so long; absent when it was not measured. RFC 4787 §4.3. */
  readonly mappingLifetimeMs?: number
}

/** Every port but the well-known ones: the default range. RFC 4787 §4.2.1. */
export const WHOLE_RANGE: PortRange = [1024, 65535]

/** A report that a person sets: the type, and any other fields. */
export type ReportByHand = Pick<NatReport, 'type'> & Partial<NatReport>

/**
 * The report of a NIC that was not tested: port-restricted and random, the strictest NAT that most peers can still
 * punch.
 */
export function untestedReport(): NatReport {
  return {
    type: 'port-restricted',
    mapping: 'endpoint-independent',
    filtering: 'address-and-port-dependent',
    delta: { type: 'random', value: 0 },
    portRange: WHOLE_RANGE,
    pooledAddresses: false,
    hairpin: false,
    confidence: 0,
    evidence: ['not tested'],
    externalAddresses: [],
    parity: false,
    crossTraffic: 0,
    sharedCounter: false,
  }
}

/** Completes a report that a person sets: missing fields follow from the type. Throws `NAT_INVALID_ARGUMENT`. */
export function reportByHand(fields: ReportByHand): NatReport {
  const { mapping, filtering, blocked, untranslated } = behaviourOf(fields.type)
  const delta: Delta =
    blocked || untranslated ? { type: 'not-applicable', value: 0 } : { type: 'random', value: 0 }
  const report = {
    ...untestedReport(),
    mapping,
    filtering,
    delta,
    confidence: 1,
    evidence: ['set by hand'],
    ...fields,
  }
  assertRange(report.portRange)
  return report
}

function assertRange([low, high]: PortRange): void {
  const valid = Number.isInteger(low) && Number.isInteger(high) && low >= 1 && high <= 65535 && low <= high
  if (!valid) throw new NatError('NAT_INVALID_ARGUMENT', `port range ${low} to ${high}`)
}
