import { behaviourOf, type Delta, type Dependency, type NatType, type PortRange } from './behaviour.ts'
import { NatError } from './nat-error.ts'

/** What a NAT does with one protocol of one NIC, as plain data: it survives JSON. */
export interface NatReport {
  readonly type: NatType
  readonly mapping: Dependency | 'unknown'
  readonly filtering: Dependency | 'unknown'
  readonly delta: Delta
  /** Where external ports come from, as far as it was seen. */
  readonly portRange: PortRange
  /** One host gets several external addresses at a time. RFC 4787 §4.1. */
  readonly pooledAddresses: boolean
  /** Inside hosts reach each other by external addresses. RFC 4787 §6. */
  readonly hairpin: boolean
  /** 0 to 1: how sure the type and the delta are. */
  readonly confidence: number
  /** Why, in sentences. */
  readonly evidence: readonly string[]
  /** Most often seen first. */
  readonly externalAddresses: readonly string[]
  /** Even internal ports get even external ones. RFC 4787 §4.2.2. */
  readonly parity: boolean
  /** 0 to 1: of the ports a counting NAT gave out meanwhile, how many others got. */
  readonly crossTraffic: number
  /** An idle mapping lives at least so long; there when it was measured. RFC 4787 §4.3. */
  readonly mappingLifetimeMs?: number
}

/** Every port but the well-known ones: what a NAT draws from when nothing else is known. RFC 4787 §4.2.1. */
export const WHOLE_RANGE: PortRange = [1024, 65535]

/** The part of a report that a person may set by hand. */
export type ReportByHand = Pick<NatReport, 'type'> & Partial<NatReport>

/**
 * The report of a NIC that was not tested: port-restricted and random, the strictest NAT with which
 * peers may still connect.
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
  }
}

/** A report that somebody who knows the NAT states: what is left out follows from the type. */
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
