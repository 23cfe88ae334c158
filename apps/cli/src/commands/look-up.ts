import { findContact, isCode, parseTarget } from '@p2pd/node'
import { defaultContactsFile, loadContacts, nameResolver, verifyEd25519 } from '@p2pd/node/node'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { ASKED_FOR, givenCode } from './pair/given-code.ts'
import { announcePaired, pairByGivenCode } from './pair/pair-by-code.ts'

/**
 * The target itself, or the id or address that its name stands for. A code such as `7421-tulip-radar` stands for the peer that shows
 * it; a contact of that name comes first. `-` asks for a code.
 */
export async function lookUp(context: Context, target: string, purpose?: string): Promise<string> {
  return (await beginLookUp(context, target, purpose)).callee
}

/** A look-up that is under way. */
export interface LookUp {
  readonly isCode: boolean
  readonly callee: Promise<string>
}

/** Like `lookUp`; a pairing goes on while the command starts its node. Errors that need no peer come at once. */
export async function beginLookUp(context: Context, target: string, purpose?: string): Promise<LookUp> {
  if (await isCodeOfPeer(context, target)) {
    const callee = peerByCode(context, await givenCode(context, target), purpose)
    callee.catch(() => {}) // The command reports it when it needs the callee.
    return { isCode: true, callee }
  }
  return { isCode: false, callee: Promise.resolve(await resolved(context, target)) }
}

async function resolved({ env, interrupted }: Context, target: string): Promise<string> {
  const parsed = parseTarget(target, verifyEd25519)
  if (parsed.type !== 'name') return target
  return nameResolver({ env })(parsed.name, interrupted)
}

/** Looks up each target once, however often it is named: a code is good for one pairing. */
export async function lookUpAll(context: Context, targets: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, Promise<string>>()
  for (const target of targets) if (!found.has(target)) found.set(target, lookUp(context, target))
  return Promise.all(targets.map((target) => found.get(target) as Promise<string>))
}

/** Whether a target is a code, or asks for one. */
async function isCodeOfPeer({ env }: Context, target: string): Promise<boolean> {
  if (target === ASKED_FOR) return true
  return isCode(target) && findContact(await loadContacts(defaultContactsFile(env)), target) === undefined
}

async function peerByCode(context: Context, code: string, purpose: string | undefined): Promise<string> {
  const { peer } = await pairByGivenCode(context, code, { purpose: purpose ?? '' })
  await announcePaired(context, peer)
  if (purpose !== undefined && peer.purpose !== '' && peer.purpose !== purpose)
    throw new CliError('CLI_CODE', `the code is of a peer that offers ${peer.purpose}, and not ${purpose}`)
  return peer.id
}
