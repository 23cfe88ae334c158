import { escapeName, TransferError } from '@p2pd/transfer'
import type { Context } from '../../context.ts'
import { CliError } from '../../cli-error.ts'

/** An error of a transfer as the command says it: the end that stopped, its words, and the command that goes on. */
export function explain(error: unknown, { output }: Context, command: string): unknown {
  if (!(error instanceof TransferError)) return error
  const { code, side, detail } = error
  const words = escapeName(detail)
  if (code !== 'TRANSFER_REFUSED' && code !== 'TRANSFER_INVALID_ARGUMENT')
    output.info(`What has arrived is kept. Go on by: ${command}`)
  if (code === 'TRANSFER_REFUSED')
    return new CliError('CLI_REFUSED', side === 'peer' ? `the receiver refused: ${words}` : words, {
      cause: error,
    })
  const who = side === 'peer' ? 'the other end stopped: ' : ''
  return Object.assign(new Error(`${who}${words}`, { cause: error }), { code })
}
