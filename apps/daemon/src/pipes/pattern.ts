import { RE2JS } from 're2js'
import { DaemonError } from '../daemon-error.ts'

/** Longer than any pattern that a person writes. */
const MAX_CHARACTERS = 512
/** Instructions of a pattern: a message costs at most its length times these. */
const MAX_INSTRUCTIONS = 512
/** The part of a message that is searched. */
const MAX_BYTES = 16_384

/**
 * Compiles a client's pattern by an engine whose time is linear in the text, whatever the pattern: no back-tracking. The
 * text of a message is its first 16 KiB as UTF-8. Throws `DAEMON_BAD_PATTERN`.
 */
export function compilePattern(pattern: string): (data: Uint8Array) => boolean {
  if (pattern.length > MAX_CHARACTERS) throw bad(`it has more than ${MAX_CHARACTERS} characters`)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern, RE2JS.DOTALL)
  } catch (error) {
    throw bad((error as Error).message)
  }
  if (compiled.programSize() > MAX_INSTRUCTIONS) throw bad('its repetitions make it too large')
  const decoder = new TextDecoder()
  return (data) => compiled.matcher(decoder.decode(data.subarray(0, MAX_BYTES))).find()
}

function bad(why: string): DaemonError {
  return new DaemonError('DAEMON_BAD_PATTERN', `the pattern is not accepted: ${why}`)
}
