import { ALL } from '../pipes/held-pipe.ts'
import type { Message, Wants } from '../pipes/message-queue.ts'
import { compilePattern } from '../pipes/pattern.ts'
import { compileSender } from '../pipes/sender.ts'

/** A subscription as a client of P2PD names it. */
export interface NamedSubscription {
  /** Under which the inbox keeps it. */
  readonly key: string
  /** As P2PD prints it: `[b'hello', None]`. */
  readonly text: string
  readonly wants: Wants | undefined
}

/**
 * Reads the parameters of `sub` and `recv`: `msg_p` and `addr_p` are patterns, `name` names a subscription apart from its
 * patterns. Throws `DAEMON_BAD_PATTERN`.
 */
export function parseSubscription(parameters: ReadonlyMap<string, string>): NamedSubscription {
  const [name, pattern, sender] = ['name', 'msg_p', 'addr_p'].map((key) => parameters.get(key) || undefined)
  const content = pattern === undefined ? undefined : compilePattern(pattern)
  const from = sender === undefined ? undefined : compileSender(sender)
  const wants = (message: Message) => (from?.(message.from) ?? true) && (content?.(message.data) ?? true)
  const isAll = pattern === undefined && sender === undefined
  const byPatterns = isAll ? ALL : JSON.stringify([pattern, sender])
  return {
    key: name === undefined ? byPatterns : name === ALL ? ALL : `name ${name}`,
    text: `[${inPython(pattern)}, ${inPython(sender)}]`,
    wants: isAll ? undefined : wants,
  }
}

function inPython(text: string | undefined): string {
  return text === undefined ? 'None' : `b'${text.replace(/[\\']/g, '\\$&')}'`
}
