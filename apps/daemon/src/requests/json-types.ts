/** A schema of a body, as far as bodies of the daemon use them. JSON Schema 2020-12. */
export interface BodySchema {
  readonly type?: string
  readonly anyOf?: readonly { readonly const?: unknown }[]
  readonly properties?: Readonly<Record<string, BodySchema>>
  readonly items?: BodySchema
}

/**
 * Names the first value of a body that has another JSON type than its schema: `body/target must be a string, and is null`.
 * Validation by itself converts values. Paths and queries are all text and need it; a JSON value has a type already.
 */
export function typeFault(schema: BodySchema, value: unknown, place = 'body'): string | undefined {
  const { type = '', anyOf, properties = {}, items } = schema
  if (anyOf !== undefined) {
    const words = anyOf.map((one) => one.const)
    return words.includes(value) ? undefined : `${place} must be one of ${words.join(', ')}`
  }
  const actual = jsonType(value)
  const fits = actual === type || (actual === 'integer' && type === 'number')
  if (!fits) return `${place} must be ${NAMES[type] ?? type}, and is ${NAMES[actual] ?? actual}`
  if (items !== undefined)
    return firstOf((value as unknown[]).map((item, at) => [items, item, `${place}/${at}`]))
  const fields = Object.entries(properties).filter(([name]) => Object.hasOwn(value as object, name))
  return firstOf(
    fields.map(([name, field]) => [field, (value as Record<string, unknown>)[name], `${place}/${name}`]),
  )
}

function firstOf(parts: readonly (readonly [BodySchema, unknown, string])[]): string | undefined {
  for (const part of parts) {
    const fault = typeFault(...part)
    if (fault !== undefined) return fault
  }
  return undefined
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
}

function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
