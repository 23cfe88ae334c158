import { NodeError } from '../node-error.ts'
import { formatNodeId, parseNodeId } from '../identity/node-id.ts'
import { quote } from '../identity/quote.ts'

/** RFC 6763 §6.4: the key's case does not matter. */
const ID_ATTRIBUTE = /^id *=/i

/** Where a domain keeps its node id: an underscored name, which no host has. RFC 8552 §1.1. */
export function recordNameOf(domain: string): string {
  return `_p2pd.${domain}`
}

/**
 * Finds the node id among a name's TXT records, each a list of character strings to be read as one text. Records
 * without `id=` are somebody else's and are passed over: undefined when none is left. RFC 1035 §3.3.14, RFC 7208 §3.3.
 */
export function parseTxtRecords(
  records: readonly (readonly string[])[],
  recordName: string,
): string | undefined {
  const ids = new Set<string>()
  for (const strings of records) {
    const text = strings.join('').trim()
    if (ID_ATTRIBUTE.test(text)) ids.add(parseId(text.slice(text.indexOf('=') + 1).trim(), recordName))
  }
  const [id, ...others] = ids
  if (others.length > 0) {
    throw badRecord(
      recordName,
      `holds ${ids.size} different node ids; the owner of the domain must remove all except one`,
    )
  }
  return id
}

function parseId(text: string, recordName: string): string {
  try {
    return formatNodeId(parseNodeId(text))
  } catch (cause) {
    throw badRecord(recordName, `is wrong: ${(cause as Error).message}`, cause)
  }
}

function badRecord(recordName: string, why: string, cause?: unknown): NodeError {
  return new NodeError('NODE_BAD_RECORD', `the TXT record of ${quote(recordName)} ${why}`, { cause })
}
