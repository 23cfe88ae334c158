import { UNSEEN } from './escape-name.ts'

/** Begins a name that was encoded. Names that begin so are encoded themselves, so that every name can be decoded. */
const MARK = '%_'
/** Begins a name that was encoded because it clashed with another. */
const CLASH_MARK = '%='
const marked = /^%[_=]/

/** The names that are encoded beside those that hold control characters. */
export interface NameRules {
  /** Encodes names that any common system refuses, or takes for another: Windows, macOS, Linux. */
  readonly portable: boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Device names of Windows, alone or before the first dot. Naming Files, Paths, and Namespaces (Microsoft). */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i
/** Characters that Windows refuses; a colon would name a drive or a stream. */
const REFUSED = /[<>:"|?*\\]/
/** Windows drops dots and spaces at the end. */
const TRAILING = /[. ]$/
const ASCII = /^[ -~]*$/
const everyUnseen = new RegExp(UNSEEN, 'g')

/** A name that Windows may have made for a longer one. */
const SHORT_ALIAS = /~[0-9]/

/** The name as it is written to disk: the name itself where every rule allows it. */
export function encodeName(name: string, { portable }: NameRules): string {
  const isSafe = !UNSEEN.test(name) && !marked.test(name) && !(portable && isUnportable(name))
  return isSafe ? name : MARK + encodeCharacters(name, portable)
}

/** A name that differs from `name` on systems that ignore case or compose characters as well. */
export function encodeClashing(name: string): string {
  const plain = /[a-z0-9 !#$&'()+,\-.;=@[\]^_`{}~]/
  const isKept = (character: string, isLast: boolean) =>
    plain.test(character) && !(isLast && TRAILING.test(character))
  return CLASH_MARK + eachCharacter(name, isKept)
}

/** The name that was encoded; other names as they are. */
export function decodeName(encoded: string): string {
  if (!marked.test(encoded)) return encoded
  const bytes: number[] = []
  const rest = encoded.slice(MARK.length)
  for (const part of rest.match(/%[0-9a-f]{2}|[^%]+|%/g) ?? []) {
    if (/^%[0-9a-f]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16))
    else bytes.push(...encoder.encode(part))
  }
  return decoder.decode(Uint8Array.from(bytes))
}

/** Equal for names that some system takes for the same: case, composed characters and ignored ones. */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase()
  return name.replace(everyUnseen, '').normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

function isUnportable(name: string): boolean {
  return RESERVED.test(name) || REFUSED.test(name) || TRAILING.test(name) || SHORT_ALIAS.test(name)
}

function encodeCharacters(name: string, portable: boolean): string {
  const refusesFirst = portable && RESERVED.test(name)
  let isFirst = true
  return eachCharacter(name, (character, isLast) => {
    const isRefused = (isFirst && refusesFirst) || (portable && REFUSED.test(character))
    isFirst = false
    if (UNSEEN.test(character) || character === '%' || isRefused) return false
    return !(portable && ((isLast && TRAILING.test(character)) || character === '~'))
  })
}

/** Keeps the characters that `isKept` names and encodes the UTF-8 of the others. */
function eachCharacter(name: string, isKept: (character: string, isLast: boolean) => boolean): string {
  const characters = Array.from(name)
  return characters
    .map((character, i) => (isKept(character, i === characters.length - 1) ? character : percent(character)))
    .join('')
}

function percent(character: string): string {
  return Array.from(encoder.encode(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}
