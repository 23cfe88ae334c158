/** A text whose first label is this long is an id or an address with a typing error, and not a name. */
export const SHORTEST_ID = 40
/** RFC 1035 §2.3.4, less a final dot. */
const LONGEST_NAME = 253
/** Letters and digits of any script; the first is neither a hyphen nor an underscore, which begin an option or a service. */
const LABEL = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,62}$/u

/**
 * Parses a contact's name or a domain: labels with dots between them, whose upper and lower case are one. Undefined
 * for what could be taken for something else: `self`, an id, an IP address, an option. RFC 1035 §2.3.1, RFC 5890 §2.3.
 */
export function parseName(text: string): string | undefined {
  if (text.length > LONGEST_NAME + 1) return undefined
  const name = text.toLowerCase().normalize('NFC').replace(/\.$/, '')
  const labels = name.split('.')
  const isIpAddress = labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? '')
  const isTooLong = name.length > LONGEST_NAME || (labels[0]?.length ?? 0) >= SHORTEST_ID
  if (name === 'self' || isIpAddress || isTooLong) return undefined
  return labels.every((label) => LABEL.test(label)) ? name : undefined
}
