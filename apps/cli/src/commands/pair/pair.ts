import { addContact, freeContactName } from '@p2pd/node'
import { defaultContactsFile, type Paired, updateContacts, verifyEd25519 } from '@p2pd/node/node'
import type { Context } from '../../context.ts'
import { givenCode } from './given-code.ts'
import { pairByGivenCode, pairByOwnCode } from './pair-by-code.ts'

export interface PairCommandOptions {
  /** The local name of the other side. */
  readonly remember?: string
  /** The name by which this side introduces itself. */
  readonly name?: string
}

/** `p2pd pair`: shows a code, or takes one, and puts the other side among the contacts. */
export async function pair(
  context: Context,
  words: readonly string[],
  { name, remember: wanted }: PairCommandOptions,
): Promise<void> {
  const text = words.length > 0 ? words.join(' ') : context.env.P2PD_CODE || undefined
  const pairing = { purpose: '', name }
  const paired =
    text === undefined
      ? await pairByOwnCode(context, { ...pairing, commandOf: (code) => `p2pd pair ${code}` })
      : await pairByGivenCode(context, await givenCode(context, text), pairing)
  await remember(context, paired.peer, wanted)
  await paired.ended
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
