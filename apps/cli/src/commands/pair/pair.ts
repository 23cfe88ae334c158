import { addContact, type Contacts, findContact, peerOf } from '@p2pd/node'
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

/** Letters of a name that a contact may have. */
const UNFIT = /[^\p{L}\p{N}_-]+/gu

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
    name = wanted ?? freeName(contacts, peer)
    return addContact(contacts, { name, target: peer.id }, verifyEd25519)
  }, defaultContactsFile(env))
  output.event({ event: 'paired', name, id: peer.id })
  output.info(`${name} is among your contacts: p2pd connect ${name}`)
}

function freeName(contacts: Contacts, { id, name }: Paired['peer']): string {
  const fit = name
    .split('.', 1)[0]
    ?.replace(UNFIT, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 30)
    .toLowerCase()
  const base = fit === undefined || fit === '' || fit === 'self' ? 'peer' : fit
  for (let number = 1; ; number++) {
    const tried = number === 1 ? base : `${base}-${number}`
    const known = findContact(contacts, tried)
    if (known === undefined || peerOf(known) === id) return tried
  }
}
