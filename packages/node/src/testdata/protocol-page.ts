import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8')
const vectors = new Map(
  [...page.matchAll(/^\| ([a-z ]+) \| `([^`]+)` \|$/gm)].map(([, what = '', value = '']) => [what, value]),
)

/** A vector of docs/protocol.md, as the page has it. */
export const vector = (what: string) => vectors.get(what) ?? `docs/protocol.md has no vector "${what}"`

/** The bytes of a vector in hexadecimal digits. */
export const bytesOf = (what: string) => new Uint8Array(Buffer.from(vector(what), 'hex'))

/** Bytes as the page has them. */
export const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
