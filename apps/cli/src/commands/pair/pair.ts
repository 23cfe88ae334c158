import { addContact, freeContactName, parseCode } from '@p2pd/node'
import {
  DEFAULT_SERVERS,
  defaultContactsFile,
  loadIdentity,
  loadServers,
  pair as pairBy,
  type Paired,
  updateContacts,
  verifyEd25519,
} from '@p2pd/node/node'
import { renderANSI } from 'uqr'
import type { Context } from '../../context.ts'

export interface PairCommandOptions {
  /** The local name of the other side. */
  readonly remember?: string
  /** The name by which this side introduces itself. */
  readonly name?: string
}

/** `p2pd pair`: shows a code, or takes one, and puts the other side among the contacts. */
export async function pair(
  context: Context,
  code: string | undefined,
  options: PairCommandOptions,
): Promise<void> {
  const { output, serversFile, identityFile, interrupted, env } = context
  const text = code ?? (env.P2PD_CODE || undefined)
  if (text !== undefined) parseCode(text) // A typing error is reported before anything is started.
  const { mqtt } = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  const { id } = await loadIdentity(identityFile)
  const paired = await pairBy({
    brokers: mqtt,
    id,
    name: options.name,
    code: text,
    signal: interrupted,
    onCode: (shown) => showCode(context, shown),
    onWrong: (left) => {
      output.event({ event: 'wrong', left })
      output.error(`somebody has typed a wrong code: guesses left: ${left}`)
    },
  })
  await remember(context, paired.peer, options.remember)
  await paired.ended
}

function showCode({ output, stderr }: Context, code: string): void {
  const command = `p2pd pair ${code}`
  output.event({ event: 'code', code, command })
  if (output.json) return
  // Both colours are painted, so that a light terminal shows the same. No camera reads a file.
  if ((stderr as { readonly isTTY?: boolean }).isTTY === true) output.info(renderANSI(command, { border: 2 }))
  output.result(code)
  output.info(`The other side runs: ${command}\nThe code is good for ten minutes, and for one pairing.`)
}

/** Puts the other side among the contacts: by the name wanted, else by the one it gives itself, numbered when it is taken. */
async function remember(
  { env, output }: Context,
  peer: Paired['peer'],
  wanted: string | undefined,
): Promise<void> {
  let name = ''
  await updateContacts((contacts) => {
    name = wanted ?? freeContactName(contacts, peer)
    return addContact(contacts, { name, target: peer.id }, verifyEd25519)
  }, defaultContactsFile(env))
  output.event({ event: 'paired', name, id: peer.id })
  output.info(`${name} is among your contacts: p2pd connect ${name}`)
}
