import type { RouteOptions } from 'fastify'
import { schemas } from './named-schemas.ts'

/** A route as the document needs it. */
export type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema'>

/** Makes the description of the API from the schemas that its routes validate with. OpenAPI 3.1.0. */
export function openApi(routes: readonly DocumentedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, url, schema = {} } of routes) {
    const path = url.replace(/:(\w+)/g, '{$1}')
    for (const verb of [method].flat()) {
      if (verb === 'HEAD') continue
      paths[path] = { ...paths[path], [verb.toLowerCase()]: operation(verb, url, schema) }
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'p2pd', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: 'http://127.0.0.1:12333' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, referring(schema, name)]),
      ),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

const names = new Map<unknown, string>(Object.entries(schemas).map(([name, schema]) => [schema, name]))

/** A schema with references in place of the schemas that have a name; `own` is the one that is being described. */
function referring(schema: unknown, own?: string): unknown {
  const name = names.get(schema)
  if (name !== undefined && name !== own) return { $ref: `#/components/schemas/${name}` }
  if (Array.isArray(schema)) return schema.map((item) => referring(item))
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, referring(value)]))
}

function operation(verb: string, url: string, schema: NonNullable<DocumentedRoute['schema']>): object {
  const { summary, params, querystring, headers, body, consumes, produces, response = {} } = schema as Schemas
  const words = url
    .split('/')
    .slice(2)
    .filter((word) => word !== '')
    .map((word) => word.replace(':', 'by-'))
  return {
    operationId: [verb.toLowerCase(), ...words].join('-'),
    summary,
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', querystring),
      ...parametersOf('header', headers),
      ...(verb === 'POST' ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body && {
      requestBody: {
        required: (body.required ?? []).length > 0,
        content: { 'application/json': { schema: referring(body) } },
      },
    }),
    // Bytes have no schema. OpenAPI 3.1.0 §4.8.14.2.
    ...(consumes && {
      requestBody: { required: true, content: Object.fromEntries(consumes.map((type) => [type, {}])) },
    }),
    responses: Object.fromEntries(
      Object.entries(response).map(([status, answer]) => responseOf(status, answer, produces)),
    ),
  }
}

interface Schemas {
  readonly summary?: string
  readonly params?: ObjectSchema
  readonly querystring?: ObjectSchema
  readonly headers?: ObjectSchema
  readonly body?: ObjectSchema
  /** The types of a body that is not JSON. */
  readonly consumes?: readonly string[]
  /** The type of a success that is not JSON. */
  readonly produces?: string
  readonly response?: Readonly<Record<string, { type?: string }>>
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

/** Every POST takes it. draft-ietf-httpapi-idempotency-key-header. */
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', description: 'the same key again: the same answer, and nothing is done twice' },
}

function parametersOf(place: 'path' | 'query' | 'header', schema: ObjectSchema | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (schema?.required ?? []).includes(name),
    schema: referring(property),
  }))
}

function responseOf(
  status: string,
  schema: { type?: string },
  produces = 'application/json',
): [string, object] {
  const isProblem = /xx$/i.test(status)
  const description = isProblem ? 'a problem' : schema.type === 'null' ? 'nothing' : 'success'
  if (schema.type === 'null') return [status, { description }]
  const type = isProblem ? 'application/problem+json' : produces
  return [status.toUpperCase(), { description, content: { [type]: { schema: referring(schema) } } }]
}
