import { DaemonError } from '../daemon-error.ts'

const PERCENT = 0x25

/**
 * The parts of a request's path, each decoded on its own, so that `%2F` is part of a name. Octets beyond ASCII that a client
 * did not encode count as UTF-8, as curl sends them. RFC 3986 §2.1, §3.3.
 */
export function pathParts(url: string): string[] {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path
    .split('/')
    .slice(1)
    .map((part) => decodePart(Buffer.from(part, 'latin1')))
}

function decodePart(part: Buffer): string {
  const octets: number[] = []
  for (let at = 0; at < part.length; at++) {
    if (part[at] !== PERCENT) {
      octets.push(part[at] ?? 0)
      continue
    }
    const digits = part.toString('latin1', at + 1, at + 3)
    if (!/^[0-9a-f]{2}$/i.test(digits)) throw bad(`"%${digits}" is not an octet`)
    octets.push(Number.parseInt(digits, 16))
    at += 2
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(octets))
  } catch {
    throw bad('it is not UTF-8')
  }
}

/** Parameters that are written as parts of the path: `/msg_p/hello/timeout/2`. */
export function pairs(parts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at + 1 < parts.length; at += 2) found.set(parts[at] ?? '', parts[at + 1] ?? '')
  return found
}

function bad(why: string): DaemonError {
  return new DaemonError('DAEMON_BAD_REQUEST', `the path is malformed: ${why}`)
}
