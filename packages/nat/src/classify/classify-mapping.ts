import { formatTransportAddress } from '@p2pd/netif'
import type { Dependency } from '../report/behaviour.ts'
import type { Answer } from '../discovery/observation.ts'
import { groupBy } from './group-by.ts'

/** The mapping behaviour of a NAT, and the reason for the verdict. */
export interface MappingVerdict {
  readonly mapping: Dependency | 'unknown'
  /** 0 to 1. */
  readonly confidence: number
  readonly reason: string
}

/** The mappings of one internal port towards two destinations. */
interface Pair {
  readonly sameIp: boolean
  readonly sameExternal: boolean
  readonly servers: number
}

/** Compares the mappings of each internal port towards different destinations. RFC 5780 §4.3. */
export function classifyMapping(answers: readonly Answer[]): MappingVerdict {
  const pairs = [...groupBy(answers, ({ probe }) => probe.socket).values()].flatMap(pairsOf)
  if (pairs.length === 0)
    return { mapping: 'unknown', confidence: 0, reason: 'mapping unknown: only one destination answered' }
  const differing = pairs.filter(({ sameExternal }) => !sameExternal)
  if (differing.length === 0) return independent(pairs)
  const ports = pairs.filter(({ sameIp }) => sameIp)
  if (ports.length === 0)
    return {
      mapping: 'address-and-port-dependent',
      confidence: 0.9,
      reason: 'mapping differs by destination address; no server with two ports shows whether by port too',
    }
  if (ports.every(({ sameExternal }) => sameExternal))
    return {
      mapping: 'address-dependent',
      confidence: 0.99,
      reason: 'mapping differs by destination address only',
    }
  return {
    mapping: 'address-and-port-dependent',
    confidence: 0.99,
    reason: 'mapping differs by destination address and port',
  }
}

function independent(pairs: readonly Pair[]): MappingVerdict {
  const acrossAddresses = pairs.filter(({ sameIp }) => !sameIp)
  if (acrossAddresses.length === 0)
    return { mapping: 'unknown', confidence: 0, reason: 'mapping unknown: only one address answered' }
  const operators = Math.max(...acrossAddresses.map(({ servers }) => servers))
  return {
    mapping: 'endpoint-independent',
    confidence: operators > 1 ? 0.995 : 0.99,
    reason: `one mapping for ${acrossAddresses.length + 1} or more destinations`,
  }
}

function pairsOf(answers: readonly Answer[]): Pair[] {
  const byDestination = new Map(answers.map((answer) => [formatTransportAddress(answer.probe.to), answer]))
  const distinct = [...byDestination.values()]
  return distinct.flatMap((a, index) =>
    distinct.slice(index + 1).map((b) => ({
      sameIp: a.probe.to.ip === b.probe.to.ip,
      sameExternal: a.external.ip === b.external.ip && a.external.port === b.external.port,
      servers: a.probe.server === b.probe.server ? 1 : 2,
    })),
  )
}
