import { LabError } from './lab-error.ts'

/** Throws an error that names the entry when a value is wrong. */
export type Check = (value: unknown, path: string) => void

/** Messages cut longer values. */
const SHOWN_LENGTH = 60

/** An error about one entry: `boxes[1].link.loss: must be from 0 to 1, not 2`. */
export function invalid(path: string, problem: string): LabError {
  return new LabError('LAB_INVALID_SCENARIO', path === '' ? problem : `${path}: ${problem}`)
}

function must(isRight: boolean, value: unknown, path: string, expected: string): void {
  if (!isRight) throw invalid(path, `must be ${expected}, not ${show(value)}`)
}

/** A value as JSON, for a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
}

export const aString: Check = (value, path) =>
  must(typeof value === 'string' && value !== '', value, path, 'a text')

export const aBoolean: Check = (value, path) => must(typeof value === 'boolean', value, path, 'true or false')

export function aNumber(low: number, high: number): Check {
  const isRight = (value: unknown) => typeof value === 'number' && value >= low && value <= high
  const expected =
    high === Number.POSITIVE_INFINITY ? `a number from ${low}` : `a number from ${low} to ${high}`
  return (value, path) => must(isRight(value), value, path, expected)
}

export function aWholeNumber(low: number, high: number): Check {
  const inRange = (value: unknown) => Number.isInteger(value) && Number(value) >= low && Number(value) <= high
  return (value, path) => must(inRange(value), value, path, `a whole number from ${low} to ${high}`)
}

export function oneOf(...allowed: readonly string[]): Check {
  return (value, path) => must(allowed.includes(value as string), value, path, `one of ${allowed.join(', ')}`)
}

export function listOf(item: Check, least = 0): Check {
  return (value, path) => {
    must(
      Array.isArray(value) && value.length >= least,
      value,
      path,
      least > 0 ? `a list of ${least} or more` : 'a list',
    )
    for (const [index, entry] of (value as unknown[]).entries()) item(entry, `${path}[${index}]`)
  }
}

export function recordOf(item: Check): Check {
  return (value, path) => {
    must(isObject(value), value, path, 'an object')
    for (const [key, entry] of Object.entries(value as object)) item(entry, join(path, key))
  }
}

/** Checks for an object with these fields and no others. */
export function fields(checks: Readonly<Record<string, Check>>, ...required: readonly string[]): Check {
  return (value, path) => {
    must(isObject(value), value, path, 'an object')
    for (const [key, entry] of Object.entries(value as object)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined
      if (check === undefined)
        throw invalid(join(path, key), `unknown; there are ${Object.keys(checks).join(', ')}`)
      check(entry, join(path, key))
    }
    for (const key of required) if (!Object.hasOwn(value as object, key)) throw invalid(path, `needs ${key}`)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
