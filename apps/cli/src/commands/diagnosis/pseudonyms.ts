import { isIP } from 'node:net'

const ID = /\b[a-z2-7]{56}\b/g
const MAC = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi
const IP4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g
const IP6 = /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi
/** Private, loopback and link-local addresses keep their kind, since it matters to whoever reads the report. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'loopback'],
  [/^10\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^f[cd]/i, 'private'],
  [/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, 'shared'],
  [/^169\.254\.|^fe[89ab]/i, 'link-local'],
]

/** Replaces ids and addresses: the same one always by the same word, so that a reader sees who is who. */
export class Pseudonyms {
  readonly #words = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** A text without ids, MAC and IP addresses. */
  replace(text: string): string {
    return text
      .replace(ID, (id) => this.#word(id, 'id'))
      .replace(MAC, (mac) => this.#word(mac.toLowerCase(), 'mac'))
      .replace(IP4, (ip) => (isIP(ip) === 4 ? this.#word(ip, kindOf(ip)) : ip))
      .replace(IP6, (ip) => (isIP(ip) === 6 ? this.#word(ip.toLowerCase(), kindOf(ip)) : ip))
  }

  #word(original: string, kind: string): string {
    const known = this.#words.get(original)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    const word = `${kind}-${count}`
    this.#words.set(original, word)
    return word
  }
}

function kindOf(ip: string): string {
  const version = isIP(ip) === 4 ? 'ipv4' : 'ipv6'
  const kind = KINDS.find(([pattern]) => pattern.test(ip))?.[1] ?? 'public'
  return `${kind}-${version}`
}
