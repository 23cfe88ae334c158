import { completeCode, parseCode } from '@p2pd/node'
import { createInterface } from 'node:readline/promises'
import type { Context } from '../../context.ts'

/** The word on the command line that stands for a code which is not there: other users of the host see command lines. */
export const ASKED_FOR = '-'

/**
 * The code of the other side. It is on the command line, else in `P2PD_CODE`, else typed, with Tab for the rest of a
 * word. A typing error is reported before anything is started.
 *
 * @throws NodeError `NODE_BAD_CODE`.
 */
export async function givenCode(context: Context, text: string): Promise<string> {
  const code = text === ASKED_FOR ? context.env.P2PD_CODE || (await askForCode(context)) : text
  parseCode(code)
  return code
}

/** The words that the last one may become, and the last one. */
function completionsOf(line: string): [words: string[], begun: string] {
  const begun = /[^\s-]*$/.exec(line)?.[0] ?? ''
  return [completeCode(line).map((code) => code.slice(code.lastIndexOf('-') + 1)), begun]
}

/** One line of standard input. */
async function askForCode({ stdin, stderr, interrupted }: Context): Promise<string> {
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true
  const completer = (line: string) => completionsOf(line)
  const asked = createInterface({ input: stdin, output: stderr, completer, terminal: isTerminal })
  try {
    return await Promise.race([
      asked.question('The code of the other side: ', { signal: interrupted }),
      new Promise<string>((resolve) => asked.once('close', () => resolve(''))),
    ])
  } finally {
    asked.close()
  }
}
