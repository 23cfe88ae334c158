import { systemClock } from '@p2pd/netif/node'
import type { PeerPipe } from '@p2pd/node'
import { parseTarget } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { sendUntilDone, type TransferResult } from '@p2pd/transfer'
import { sendFiles } from '@p2pd/transfer/node'
import type { Context } from '../../context.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { beginLookUp } from '../look-up.ts'
import { announcePaths } from '../../path-events.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { type Caller, withCaller } from '../../user-daemon/with-caller.ts'
import { isNotServed, withRemedy } from '../with-remedy.ts'
import { checkFiles, type ChosenFiles, failedFilesOf, filesOf, rememberFailed } from './chosen-files.ts'
import { explain } from './explain.ts'
import { amountOf } from './offer-text.ts'
import { TransferOutput } from './transfer-output.ts'

/** The service by which files are received. */
export const FILES_SERVICE = 'files'

export interface SendCommandOptions {
  /** Milliseconds. */
  readonly timeout: number
  /** Bytes a second. */
  readonly limit?: number
  /** The name of standard input at the receiver. */
  readonly name: string
  /** Sends the files that failed in the last transfer to the peer. */
  readonly retryFailed?: true
}

/** `p2pd send`: files and folders to a peer who receives them. Calls again when the connection is lost. */
export async function send(
  context: Context,
  target: string,
  files: readonly string[],
  options: SendCommandOptions,
): Promise<void> {
  await checkFiles(files)
  const looking = await beginLookUp(context, target, FILES_SERVICE)
  const needsBrokers = looking.isCode || parseTarget(await looking.callee, verifyEd25519).type === 'id'
  const output = new TransferOutput(context)
  let again = target
  try {
    await withCaller(context, { needsBrokers, announce: false }, async (node, context) => {
      const callee = await looking.callee
      if (looking.isCode) again = callee
      const chosen = options.retryFailed
        ? await failedFilesOf(context, callee)
        : filesOf(context, files, options.name)
      const sending = { context, node, callee, chosen, options, output, target: again }
      const result = await sendUntilDone({
        clock: systemClock,
        call: () => call(sending),
        send: (pipe) => sendOnce(sending, pipe),
        // Standard input cannot be read a second time.
        isRepeatable: chosen.sources.every((source) => typeof source === 'string'),
        isOver: () => context.interrupted.aborted,
        isRefusal: isNotServed,
        onAgain: ({ code }) => output.say(AGAIN[code] ?? 'The connection was lost: calling again.'),
        signal: context.interrupted,
      })
      await rememberFailed(context, callee, chosen, output.failed)
      output.done(result, 'sent', `p2pd send ${shellWord(again)} --retry-failed`)
    })
  } catch (error) {
    output.close()
    const rest = options.retryFailed ? ['--retry-failed'] : files
    const command = `p2pd send ${[again, ...rest].map(shellWord).join(' ')}`
    throw explain(error, context, { isBegun: output.isBegun, command })
  }
}

const NOT_RECEIVING =
  'it has to run `p2pd receive`; one that shows a code lets in who types that code, and one with --allow whom it names'

const AGAIN: Partial<Record<string, string>> = {
  TRANSFER_BUSY: 'The receiver still holds an earlier transfer of the same files: trying for a minute.',
}

interface Sending {
  readonly context: Context
  readonly node: Caller
  readonly callee: string
  /** The callee as the user knows it. */
  readonly target: string
  readonly chosen: ChosenFiles
  readonly options: SendCommandOptions
  readonly output: TransferOutput
}

function call({ context, node, callee, target, options, output }: Sending): Promise<PeerPipe> {
  const { timeout: timeoutMs } = options
  const how = { service: FILES_SERVICE, timeoutMs, signal: context.interrupted }
  const calling = node.connect(callee, how).catch((error: unknown) => {
    throw withRemedy(error, NOT_RECEIVING)
  })
  return showProgress({ info: (line) => output.say(line) }, `Calling ${target}`, calling)
}

async function sendOnce(
  { context, chosen, options, output }: Sending,
  pipe: PeerPipe,
): Promise<TransferResult> {
  announcePaths(context, pipe)
  const { limit } = options
  try {
    return await sendFiles(pipe.stream, chosen.sources, {
      select: chosen.select,
      ...(limit !== undefined && { limit }),
      signal: context.interrupted,
      onEvent: (event) => {
        if (event.type === 'offer') {
          output.offer(event.summary, pipe.peer, pipe.connection.strategy)
          output.say(`Offering ${amountOf(event.summary)}; the receiver decides ...`)
        }
        output.event(event)
      },
    })
  } finally {
    await closeInTime(pipe, context.interrupted).catch(() => {}) // The result of the transfer tells whether anything was lost.
  }
}

/** A word as a POSIX shell takes it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
