import { escapeName, TransferError } from '@p2pd/transfer'
import type { Context } from '../../context.ts'
import { CliError } from '../../cli-error.ts'

/** The next step of the user after a transfer that stopped. */
export interface Remedy {
  /** Whether anything has arrived that the next try need not send again. */
  readonly isBegun: boolean
  /** The command that tries again. */
  readonly command: string
}

/** An error of a transfer as the command says it: the end that stopped, its words, and the command that goes on. */
export function explain(error: unknown, { output }: Context, { isBegun, command }: Remedy): unknown {
  if (!(error instanceof TransferError)) return error
  const { code, side, detail } = error
  const words = escapeName(detail)
  if (code !== 'TRANSFER_REFUSED' && code !== 'TRANSFER_INVALID_ARGUMENT')
    output.info(isBegun ? `What has arrived is kept. Go on by: ${command}` : `Try again by: ${command}`)
  if (code === 'TRANSFER_REFUSED')
    return new CliError('CLI_REFUSED', side === 'peer' ? refusal(words) : words, { cause: error })
  const who = side === 'peer' ? 'the other end stopped: ' : ''
  return Object.assign(new Error(`${who}${words}`, { cause: error }), { code })
}

/** Receivers that give no reason say that they have refused, and others only why. */
function refusal(words: string): string {
  return words.startsWith('the receiver refused') ? words : `the receiver refused: ${words}`
}
