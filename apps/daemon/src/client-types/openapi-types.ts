/** Why: clients see the schemas that the daemon validates with, as types; the few forms that its document uses suffice. */

/** A schema of the document, as far as the daemon uses them. JSON Schema 2020-12. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly description?: string
}

/** A body of bytes has a type and no schema. */
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Operation {
  readonly summary?: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Content>>
}

/** An OpenAPI document, as far as types are made from it. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The types of a document: one for each schema, and one entry for each route. */
export function typesOf({ paths, components }: ApiDocument): string {
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema, '')}\n`,
  )
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => routeOf(`${verb} ${path}`, operation)),
  )
  const table = `/** The parts of each route's request, and its answer. */\nexport interface Routes {\n${routes.join('')}}\n`
  return [...schemas, table].join('\n')
}

function routeOf(key: string, { summary, parameters, requestBody, responses }: Operation): string {
  const place = (where: string) => parameters.filter((parameter) => parameter.in === where)
  const fields = (where: string) =>
    `{ ${place(where)
      .map(({ name, required, schema }) => `readonly ${name}${required ? '' : '?'}: ${typeOf(schema, '')}`)
      .join('; ')} }`
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const answers = successes.map(([, { content }]) => bodyOf(content) ?? 'undefined')
  const body = bodyOf(requestBody?.content)
  const parts = [
    ...(place('path').length > 0 ? [`readonly path: ${fields('path')}`] : []),
    ...(place('query').length > 0 ? [`readonly query?: ${fields('query')}`] : []),
    ...(body === undefined ? [] : [`readonly body${requestBody?.required === false ? '?' : ''}: ${body}`]),
    `readonly answer: ${[...new Set(answers)].join(' | ') || 'unknown'}`,
  ]
  const lines = parts.map((part) => `    ${part}\n`).join('')
  return `${summary === undefined ? '' : `  /** ${summary}. */\n`}  readonly '${key}': {\n${lines}  }\n`
}

function bodyOf(content: Content['content']): string | undefined {
  const [body] = Object.values(content ?? {})
  return body?.schema && typeOf(body.schema, '    ')
}

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** Throws for a form of schema that no route of the daemon uses yet. */
function typeOf(schema: Schema, indent: string): string {
  const { $ref, type = '', anyOf, items } = schema
  if ($ref !== undefined) return $ref.replace(/^.*\//, '')
  if ('const' in schema) return JSON.stringify(schema.const).replaceAll('"', "'")
  if (anyOf !== undefined) return anyOf.map((one) => typeOf(one, indent)).join(' | ')
  if (items !== undefined) return arrayOf(typeOf(items, indent))
  if (type === 'object') return objectOf(schema, indent)
  const simple = SIMPLE[type]
  if (simple === undefined) throw new Error(`no type for the schema ${JSON.stringify(schema)}`)
  return simple
}

function arrayOf(item: string): string {
  return /[|]/.test(item) && !item.startsWith('{') ? `readonly (${item})[]` : `readonly ${item}[]`
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const deeper = `${indent}  `
  const lines = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `${deeper}/** ${schema.description} */\n`
    return `${comment}${deeper}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, deeper)}\n`
  })
  if (additionalProperties === true) lines.push(`${deeper}readonly [field: string]: unknown\n`)
  return `{\n${lines.join('')}${indent}}`
}
