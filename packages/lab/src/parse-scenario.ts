import { literalFamily } from '@p2pd/netif'
import { parseSubnet } from './address-space.ts'
import { boxSettings } from './box-settings.ts'
import { invalid, show } from './check.ts'
import { LabError } from './lab-error.ts'
import { type BoxEntry, INTERNET, type Scenario } from './scenario.ts'
import { checkShape } from './scenario-checks.ts'

/** Parses a scenario file (JSON). Throws `LAB_INVALID_SCENARIO`, `LAB_INVALID_SETTINGS` or `LAB_UNKNOWN_NAME`. */
export function parseScenario(text: string): Scenario {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new LabError('LAB_INVALID_SCENARIO', `not JSON: ${(cause as Error).message}`, { cause })
  }
  return checkScenario(value)
}

/** Returns the value as a scenario. Throws `LAB_INVALID_SCENARIO`, whose message names the wrong entry. */
export function checkScenario(value: unknown): Scenario {
  checkShape(value, '')
  const scenario = value as Scenario
  const boxes = new Map<string, BoxEntry>()
  const hosts = new Set<string>()
  const isTaken = (name: string) => name === INTERNET || boxes.has(name) || hosts.has(name)
  for (const [index, box] of (scenario.boxes ?? []).entries()) {
    if (isTaken(box.name)) throw invalid(`boxes[${index}].name`, `${show(box.name)} is taken`)
    checkBox(box, `boxes[${index}]`)
    boxes.set(box.name, box)
  }
  for (const [index, { name, behind = INTERNET }] of scenario.hosts.entries()) {
    if (isTaken(name)) throw invalid(`hosts[${index}].name`, `${show(name)} is taken`)
    hosts.add(name)
    for (const place of [behind].flat()) checkPlace(place, boxes, `hosts[${index}].behind`)
  }
  for (const [index, box] of (scenario.boxes ?? []).entries())
    checkNesting(box, boxes, `boxes[${index}].behind`)
  checkReferences(scenario, hosts)
  return scenario
}

function checkBox(box: BoxEntry, path: string): void {
  try {
    boxSettings(box)
    if (box.subnet !== undefined) parseSubnet(box.subnet)
  } catch (error) {
    throw invalid(path, (error as Error).message)
  }
}

function checkPlace(place: string, boxes: ReadonlyMap<string, BoxEntry>, path: string): void {
  if (place !== INTERNET && !boxes.has(place)) throw invalid(path, `there is no box ${show(place)}`)
}

function checkNesting(box: BoxEntry, boxes: ReadonlyMap<string, BoxEntry>, path: string): void {
  const seen = new Set<string>()
  for (let at: BoxEntry | undefined = box; at !== undefined; ) {
    if (seen.has(at.name)) throw invalid(path, `${show(box.name)} is behind itself`)
    seen.add(at.name)
    const place: string = at.behind ?? INTERNET
    checkPlace(place, boxes, path)
    at = boxes.get(place)
  }
}

function checkReferences(
  { names = {}, programs = [], turn = [] }: Scenario,
  hosts: ReadonlySet<string>,
): void {
  for (const [name, targets] of Object.entries(names))
    for (const target of targets)
      if (!hosts.has(target) && literalFamily(target) === undefined)
        throw invalid(`names.${name}`, `${show(target)} is neither a host nor an address`)
  for (const [index, { host }] of programs.entries())
    if (!hosts.has(host)) throw invalid(`programs[${index}].host`, `there is no host ${show(host)}`)
  for (const [index, { host, diesAtMs = Number.POSITIVE_INFINITY, returnsAtMs }] of turn.entries()) {
    if (!hosts.has(host)) throw invalid(`turn[${index}].host`, `there is no host ${show(host)}`)
    if (returnsAtMs !== undefined && returnsAtMs <= diesAtMs)
      throw invalid(`turn[${index}].returnsAtMs`, 'must be later than diesAtMs')
  }
}
