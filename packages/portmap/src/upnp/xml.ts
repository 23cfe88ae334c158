import { XMLParser } from 'fast-xml-parser'
import { PortmapError } from '../portmap-error.ts'

/** An element: its name without prefix, its text with surrounding blanks removed, its child elements. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

/** Descriptions nest 12 deep or so. */
const MAX_DEPTH = 40
/** A gateway's longest description has a few hundred. */
const MAX_ELEMENTS = 5_000
/** Each element has two tags at most. */
const MAX_TAGS = 2 * MAX_ELEMENTS

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

type Ordered = Readonly<Record<string, readonly Ordered[] | string>>

/**
 * Parses a document without DTD; entities are the five that XML itself has, and characters by number. XML 1.0 §4.6.
 *
 * @throws PortmapError `PORTMAP_MALFORMED`, whatever the text
 */
export function parseXml(text: string): XmlElement {
  if (/<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST)/i.test(text)) throw malformed('it has a document type definition')
  if (text.split('<', MAX_TAGS + 2).length > MAX_TAGS + 1)
    throw malformed(`it has more than ${MAX_TAGS} tags`)
  let ordered: readonly Ordered[]
  try {
    ordered = parser.parse(text.replace(/^[^<]+/, '')) as readonly Ordered[]
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error), error)
  }
  const root = toElement('', Array.isArray(ordered) ? ordered : [], { left: MAX_ELEMENTS }, 0).children[0]
  if (root === undefined) throw malformed('it has no element')
  return root
}

function toElement(
  name: string,
  content: readonly Ordered[],
  budget: { left: number },
  depth: number,
): XmlElement {
  if (depth > MAX_DEPTH) throw malformed(`it nests deeper than ${MAX_DEPTH}`)
  const children: XmlElement[] = []
  let text = ''
  for (const node of content) {
    if (--budget.left < 0) throw malformed(`it has more than ${MAX_ELEMENTS} parts`)
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'string') text += key === '#text' ? value : ''
      else if (Array.isArray(value))
        children.push(toElement(key, value as readonly Ordered[], budget, depth + 1))
    }
  }
  return { name, text: decodeEntities(text).trim(), children }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const MAX_CODE_POINT = 0x10ffff

/** Replaces the predefined entities and character references, once; others stay as they are. XML 1.0 §4.1, §4.6. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi,
    (whole, name, dec, hex) => {
      if (name !== undefined) return ENTITIES[(name as string).toLowerCase()] ?? whole
      const code = dec === undefined ? Number.parseInt(hex as string, 16) : Number(dec)
      return code > 0 && code <= MAX_CODE_POINT ? String.fromCodePoint(code) : whole
    },
  )
}

/** Writes a text for the inside of an element. XML 1.0 §2.4. */
export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": 'apos',
  }
  return text.replace(/[&<>"']/g, (character) => `&${names[character]};`)
}

/** Every element below (and with) this one, in document order. */
export function* allElements(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of element.children) yield* allElements(child)
}

/** The first child of a name; names are compared without regard to case, as some gateways write them. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name.toLowerCase() === name.toLowerCase())
}

function malformed(why: string, cause?: unknown): PortmapError {
  return new PortmapError('PORTMAP_MALFORMED', `not XML that is read here: ${why.slice(0, 200)}`, { cause })
}
