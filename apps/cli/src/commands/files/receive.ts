import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { PeerPipe } from '@p2pd/node'
import { escapeName, TransferError } from '@p2pd/transfer'
import { receiveFiles } from '@p2pd/transfer/node'
import { type Context, untilInterrupted } from '../../context.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { announcePaths } from '../../path-events.ts'
import type { CliError } from '../../cli-error.ts'
import type { DaemonNode } from '../../user-daemon/daemon-node.ts'
import { withDaemonOr } from '../../user-daemon/with-caller.ts'
import { withNode } from '../../with-node.ts'
import { admissionBy } from '../admission.ts'
import { Invitation, type InvitationOptions } from '../pair/invitation.ts'
import { checkFolder } from './check-folder.ts'
import { Consent, type Decided } from './consent.ts'
import { conflictOf } from './conflict.ts'
import type { ConflictRule } from './conflict-rule.ts'
import { explain } from './explain.ts'
import { Questions } from './questions.ts'
import { forgetSender, introducedSenders, rememberSender } from './introduced-senders.ts'
import { FILES_SERVICE } from './send.ts'
import { stdoutOf } from './to-stdout.ts'
import { TransferOutput } from './transfer-output.ts'

export interface ReceiveCommandOptions extends Decided {
  readonly conflict?: ConflictRule
  readonly stdout?: true
  readonly keep?: true
  /** Shows a code, and lets its user in. */
  readonly code?: true
}

/**
 * `p2pd receive`: waits for a sender, asks the user, and stores the files; ends after the first transfer that is complete.
 * A connection that is lost does not end it: the sender comes back, and the transfer goes on.
 */
export async function receive(
  context: Context,
  directory: string,
  options: ReceiveCommandOptions,
): Promise<void> {
  if (!options.stdout) {
    await checkFolder(resolve(directory))
    return receiveInto(context, resolve(directory), options)
  }
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-receive-'))
  try {
    await receiveInto(context, folder, options)
    await stdoutOf(context, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function receiveInto(
  context: Context,
  directory: string,
  options: ReceiveCommandOptions,
): Promise<void> {
  const questions = new Questions(context)
  const consent = new Consent(context, questions, options)
  const allow = allowedBy(options)
  if (options.code) await letBackIn(context, directory, { allow, consent })
  const admit = await admissionBy(context, allow)
  const taking = { directory, options, consent, questions }
  // A pairing does not wait for a network: its code is for somebody who types it now.
  const waiting = options.code ? { needsBrokers: true, mayWait: false } : {}
  const alone = () =>
    withNode(context, { admit, ...waiting }, (node) => {
      const serve = (take: OnSender) => node.serve(FILES_SERVICE, take)
      return receiveBy(context, { node, serve, admit: (peer) => void allow.push(peer) }, taking)
    })
  const byDaemon = (node: DaemonNode, context: Context) => {
    let take: OnSender = () => {}
    const serve = async (given: OnSender) => {
      take = given
      await node.serve(FILES_SERVICE, allow, take)
      return () => {} // It ends with the command.
    }
    const admit = async (peer: string) => {
      allow.push(peer)
      await node.serve(FILES_SERVICE, allow, take)
    }
    return receiveBy(context, { node, serve, admit }, taking)
  }
  await withDaemonOr(context, byDaemon, alone)
}

type OnSender = (pipe: PeerPipe) => void | Promise<void>

/** A node that senders call. */
interface Receiver {
  readonly node: { readonly id: string; address(): Promise<string> }
  /** Takes senders; returns what stops it. */
  serve(take: OnSender): (() => void) | Promise<() => void>
  /** Lets one more peer in. */
  admit(peer: string): void | Promise<void>
}

async function receiveBy(
  context: Context,
  receiver: Receiver,
  { directory, options, consent, questions }: Taking,
): Promise<void> {
  let complete = () => {}
  let fail = (_: unknown) => {}
  const ended = new Promise<void>((resolve, reject) => {
    complete = resolve
    fail = reject
  })
  let taking = 0
  const stop = await receiver.serve(async (pipe) => {
    taking++
    try {
      const isComplete = await take(context, pipe, { directory, options, consent, questions })
      if (isComplete && !options.keep) complete()
    } catch (error) {
      fail(error)
    } finally {
      taking--
    }
  })
  let invitation: Invitation | undefined
  try {
    await announce(context, receiver.node, directory, options)
    if (options.code)
      invitation = invite(context, async (peer) => {
        consent.introduce(peer)
        await receiver.admit(peer.id)
      })
    const failed = invitation?.failed().catch((error: Error) => {
      if (taking === 0) throw error
      // A sender of an earlier code is at work.
      context.output.error(`${error.message}: nobody else gets in by it`)
      return ended
    })
    await Promise.race([ended, failed ?? ended, untilInterrupted(context.interrupted)])
  } finally {
    stop()
    questions.close()
    await invitation?.close()
  }
}

/** A receiver that was killed, or ended by its user, lets the senders in that it had accepted. */
async function letBackIn(
  context: Context,
  directory: string,
  { allow, consent }: { readonly allow: string[]; readonly consent: Consent },
): Promise<void> {
  for (const sender of await introducedSenders(context, directory)) {
    allow.push(sender.id)
    consent.introduce(sender)
    const name = escapeName(sender.name)
    context.output.info(`"${name}", who typed an earlier code, may go on with files for this folder.`)
  }
}

/** Everyone may offer where somebody decides. A list lets its peers in, a code the one that proves it, and nobody else. */
function allowedBy({ allow, code }: ReceiveCommandOptions): string[] {
  return [...(allow ?? (code ? [] : ['everyone']))]
}

async function announce(
  { output }: Context,
  node: { readonly id: string; address(): Promise<string> },
  directory: string,
  { code }: ReceiveCommandOptions,
): Promise<void> {
  output.event({ event: 'listening', id: node.id, address: await node.address() })
  output.info(`Receiving into ${directory}.${code ? '' : ` Senders run: p2pd send ${node.id} FILE...`}`)
}

function invite(context: Context, admit: InvitationOptions['admit']): Invitation {
  return new Invitation(context, {
    purpose: FILES_SERVICE,
    commandOf: (code) => `p2pd send ${code} FILE...`,
    admit,
  })
}

interface Taking {
  readonly directory: string
  readonly options: ReceiveCommandOptions
  readonly consent: Consent
  readonly questions: Questions
}

/** One transfer; false when another one is to be waited for. Fails when the sender cannot mend it. */
async function take(context: Context, pipe: PeerPipe, taking: Taking): Promise<boolean> {
  const { directory, options, consent, questions } = taking
  const { peer, connection } = pipe
  const output = new TransferOutput(context, { showsNotes: false })
  announcePaths(context, pipe)
  try {
    const result = await receiveFiles(pipe.stream, directory, {
      peer,
      consent: async (summary) => {
        output.offer(summary, peer, connection.strategy)
        const answer = await consent.ask(summary, { peer, strategy: connection.strategy })
        const name = consent.nameByCode(peer)
        if (answer === true && name !== undefined)
          await rememberSender(context, { id: peer, name }, directory)
        return answer
      },
      conflict: conflictOf(options.conflict, questions),
      signal: context.interrupted,
      onEvent: (event) => output.event(event),
    })
    consent.forget(peer)
    if (consent.nameByCode(peer) !== undefined) await forgetSender(context, peer, directory)
    output.done(result, 'received')
    return true
  } catch (error) {
    output.close()
    if (context.interrupted.aborted || !(options.keep || isMendable(error)))
      throw explain(error, context, { isBegun: output.isBegun, command: againBy(options) })
    const { code, message } = error as TransferError | CliError
    context.output.event({ event: 'stopped', peer, code, reason: message })
    // The consent has said why.
    if (code === 'TRANSFER_REFUSED') context.output.info('Waiting for the next offer.')
    else context.output.error(`${escapeName(message)}; waiting for the next offer`)
    return false
  } finally {
    await closeInTime(pipe, context.interrupted).catch(() => {}) // The result of the transfer tells whether anything was lost.
  }
}

/** A code is spent: for a day its user comes in by the id. */
function againBy({ code }: ReceiveCommandOptions): string {
  return code
    ? 'p2pd receive --code for the same folder, and the sender by the command that it was shown'
    : 'p2pd receive, and the sender repeats its command'
}

/** Errors after which the next offer is waited for: the sender may come back, and a stranger's bytes must not end the command. */
const MENDABLE: readonly string[] = [
  'TRANSFER_CLOSED',
  'TRANSFER_BUSY',
  'TRANSFER_MALFORMED',
  'TRANSFER_PROTOCOL',
]

function isMendable(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false
  return MENDABLE.includes(error.code) || (error.code === 'TRANSFER_REFUSED' && error.side === 'local')
}
