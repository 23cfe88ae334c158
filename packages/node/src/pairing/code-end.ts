import type { CodeEnd } from './pairing-message.ts'

const ENDS: Readonly<Record<CodeEnd, string>> = {
  used: 'the code was used already, and is good for one pairing',
  burnt: 'three wrong guesses have burnt the code',
  expired: 'the code is older than ten minutes',
  withdrawn: 'the command that showed the code has ended',
}

/** The words for the side that comes too late, with the next thing to do. */
export function endWords(why: CodeEnd | 'unknown' = 'unknown'): string {
  const how = why === 'unknown' ? 'the code was used, burnt, or is older than ten minutes' : ENDS[why]
  return `${how}: ask the other side for a new one`
}

/** A side that holds the number and says nothing. */
export const SILENT =
  'the other side has shown the code, and does not answer: its program was killed, or it has lost its network'

/** The causes where no broker knows of the number. */
export const ELSEWHERE = 'it may be long over, or the other side uses other brokers'
