import { DEFAULT_SERVERS, loadIdentity, loadServers, pair, type Paired } from '@p2pd/node/node'
import { escapeName } from '@p2pd/transfer'
import { tellOf } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { showCode } from './show-code.ts'

/** A pairing of one command. */
export interface CodePairing {
  /** The service that this side offers or wants; empty for contacts only. */
  readonly purpose: string
  /** The name by which this side introduces itself. @default the name of the host */
  readonly name?: string | undefined
  /** Ends the pairing as well. @default Ctrl-C alone does */
  readonly signal?: AbortSignal
}

/** The side that makes the code: shows it with the command of the other side, and waits. */
export function pairByOwnCode(
  context: Context,
  { commandOf, ...pairing }: CodePairing & { readonly commandOf: (code: string) => string },
): Promise<Paired> {
  return pairBy(context, pairing, {
    onCode: (code) => showCode(context, code, commandOf(code)),
    onWrong: (left) => {
      context.output.event({ event: 'wrong', left })
      context.output.error(`somebody has typed a wrong code: guesses left: ${left}`)
    },
  })
}

/** The side that was given the code. */
export function pairByGivenCode(context: Context, code: string, pairing: CodePairing): Promise<Paired> {
  return showProgress(context.output, 'Looking for the other side', pairBy(context, pairing, { code }))
}

/** Names the other side of a pairing that makes no contact: as this user's contact, or else by its own name. */
export async function announcePaired(context: Context, { id, name }: Paired['peer']): Promise<void> {
  context.output.event({ event: 'paired', name, id })
  await tellOf(context, id, (known) => `Paired with ${known === id ? escapeName(name) : known} (${id})`)
}

async function pairBy(
  { serversFile, identityFile, interrupted }: Context,
  { signal = interrupted, ...pairing }: CodePairing,
  side: Pick<Parameters<typeof pair>[0], 'code' | 'onCode' | 'onWrong'>,
): Promise<Paired> {
  const { mqtt } = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  const { id } = await loadIdentity(identityFile)
  return pair({ brokers: mqtt, id, signal, ...pairing, ...side })
}
