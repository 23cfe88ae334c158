import type { PortRange } from '../report/behaviour.ts'
import { type NatReport, WHOLE_RANGE } from '../report/nat-report.ts'

/** An internal port and the external port of its mapping. */
export interface MappedPort {
  readonly internalPort: number
  readonly externalPort: number
}

/** The rule of a prediction. `known-mapping`: a server saw the mapping of the port, so no rule is needed. */
export type PredictionTechnique =
  | 'untranslated'
  | 'known-mapping'
  | 'equal'
  | 'preserving'
  | 'independent'
  | 'dependent'
  | 'random'
  | 'none'

/** Options of a prediction. */
export interface PredictOptions {
  /** The local port that the next mapping is for. @default the neighbour of the last one mapped */
  readonly internalPort?: number
  /** The most ports to predict. @default 3 */
  readonly count?: number
  /** Mappings that this host makes before, for other users of the prediction. @default 0 */
  readonly mappingsBefore?: number
  /** External ports that other users expect. @default none */
  readonly taken?: readonly number[]
}

/** The predicted external ports of the next mapping. */
export interface Prediction {
  /** The likeliest first. */
  readonly ports: readonly number[]
  readonly technique: PredictionTechnique
  /** 0 to 1: the chance that the true port is among them. */
  readonly probability: number
}

const DEFAULT_COUNT = 3

/** The chance that no other host holds the predicted port; else the NAT takes another one. */
const FREE_PORT_CHANCE = 0.97

/** The NAT may have restarted since. */
const KNOWN_MAPPING_CHANCE = 0.99

/** Predicts the external port of the next mapping. Pure. RFC 4787 §4.2. */
export function predict(
  report: NatReport,
  mapped: readonly MappedPort[],
  options: PredictOptions = {},
): Prediction {
  const { count = DEFAULT_COUNT, mappingsBefore = 0, taken = [] } = options
  const last = mapped.at(-1)
  const internalPort =
    options.internalPort ?? (last === undefined ? undefined : last.internalPort + 1 + mappingsBefore)
  const { technique, candidates, chance } = apply(
    report,
    mapped,
    { ...options, mappingsBefore },
    internalPort,
  )
  const parity =
    report.parity && technique !== 'equal' && technique !== 'preserving' && internalPort !== undefined
  const ports: number[] = []
  for (const port of candidates) {
    if (ports.length === count) break
    if (ports.includes(port) || taken.includes(port) || (parity && port % 2 !== internalPort % 2)) continue
    ports.push(port)
  }
  return { ports, technique, probability: ports.length === 0 ? 0 : round(chance(ports.length)) }
}

/** A rule applied: candidates, few or endless, and the chance that the first n include the port. */
interface Rule {
  readonly technique: PredictionTechnique
  readonly candidates: Iterable<number>
  readonly chance: (count: number) => number
}

const NO_RULE: Rule = { technique: 'none', candidates: [], chance: () => 0 }

function apply(
  report: NatReport,
  mapped: readonly MappedPort[],
  { mappingsBefore }: { readonly mappingsBefore: number },
  internalPort: number | undefined,
): Rule {
  if (report.type === 'blocked') return NO_RULE
  const known = mapped.findLast((one) => one.internalPort === internalPort)
  if (
    known !== undefined &&
    report.mapping === 'endpoint-independent' &&
    report.delta.type !== 'not-applicable'
  )
    return {
      technique: 'known-mapping',
      candidates: [known.externalPort],
      chance: () => KNOWN_MAPPING_CHANCE,
    }
  const last = mapped.at(-1)
  const { type, value } = report.delta
  switch (type) {
    case 'not-applicable':
      return {
        technique: 'untranslated',
        candidates: internalPort === undefined ? [] : [internalPort],
        chance: () => 1,
      }
    case 'equal':
    case 'preserving':
      return preservingRule(report, internalPort, type === 'equal' ? 0 : value)
    case 'independent':
      return last === undefined ? randomRule(report) : countingRule(report, last.externalPort, mappingsBefore)
    case 'dependent': {
      const follows = last !== undefined && internalPort === last.internalPort + 1 + mappingsBefore
      return follows ? countingRule(report, last.externalPort, mappingsBefore) : randomRule(report)
    }
    case 'random':
      return randomRule(report)
  }
}

/** The same port, or one at a constant distance. A measured range may be a little off, so the folded port may differ. */
function preservingRule(report: NatReport, internalPort: number | undefined, offset: number): Rule {
  const { delta, portRange, confidence } = report
  const technique = delta.type === 'equal' ? 'equal' : 'preserving'
  if (internalPort === undefined) return { ...NO_RULE, technique }
  const width = portRange[1] - portRange[0] + 1
  const port = fold(internalPort + offset, portRange)
  const isMeasured = portRange[0] !== WHOLE_RANGE[0] || portRange[1] !== WHOLE_RANGE[1]
  const elsewhere = [port + width, port - width].filter((other) => isMeasured && other > 0 && other < 65536)
  return { technique, candidates: [port, ...elsewhere], chance: () => FREE_PORT_CHANCE * confidence }
}

/** The next ports of a counter. Other hosts may take the first ones, so later ones follow. */
function countingRule(report: NatReport, last: number, skipped: number): Rule {
  const { delta, portRange, crossTraffic, confidence } = report
  const technique = delta.type === 'dependent' ? 'dependent' : 'independent'
  return {
    technique,
    candidates: counted(last, delta.value, skipped, portRange, report.parity),
    chance: (count) => FREE_PORT_CHANCE * confidence * (1 - crossTraffic ** count),
  }
}

function* counted(
  last: number,
  step: number,
  skipped: number,
  range: PortRange,
  parity: boolean,
): Generator<number> {
  const turn = range[1] - range[0] + 1
  for (let i = skipped + 1; i <= skipped + turn; i++) {
    yield fold(last + i * step, range)
    // A NAT that keeps parity takes the neighbour when its counter has the other one.
    if (parity) yield fold(last + i * step + Math.sign(step), range)
  }
}

/** Every port of the range is equally likely: these are spread over it. */
function randomRule({ portRange, parity }: NatReport): Rule {
  const [low, high] = portRange
  const width = high - low + 1
  return {
    technique: 'random',
    candidates: spread(low, width),
    chance: (count) => Math.min(1, count / (parity ? width / 2 : width)),
  }
}

/** Each port of a range once, far from the previous one: steps of the golden section. */
function* spread(low: number, width: number): Generator<number> {
  let step = Math.max(1, Math.round(width * 0.618))
  while (greatestCommonDivisor(step, width) !== 1) step++
  for (let i = 0; i < width; i++) yield low + ((i * step) % width)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Folds a port into a range: past the end the count goes on at the beginning. */
function fold(port: number, [low, high]: PortRange): number {
  const width = high - low + 1
  return low + ((((port - low) % width) + width) % width)
}

function round(probability: number): number {
  return Math.round(probability * 1e6) / 1e6
}
