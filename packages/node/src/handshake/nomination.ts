import type { ByteStream, Clock } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { FrameType, readFrame } from './frame.ts'
import {
  decodeNomination,
  decodeReply,
  encodeNomination,
  encodeReply,
  type Nomination,
  type RefusalCode,
  type Reply,
  ReplyCode,
  type SessionTerms,
} from './nomination-frame.ts'
import { takeFrame } from './take-frame.ts'

export {
  checkService,
  CONNECTION_ID_LENGTH,
  type Nomination,
  type RefusalCode,
  type Reply,
  ReplyCode,
  SESSION_ID_LENGTH,
  type SessionTerms,
} from './nomination-frame.ts'

/** How long a refused caller may take to read why: long enough for a lost segment to be sent again. RFC 6298 §2.1. */
const LINGER_MS = 1000

const UNKNOWN_SESSION =
  'the peer does not have the session any more: it was restarted, or gave the session up'

/**
 * The callee's half: takes the nomination off an authenticated stream (RFC 8445 §8.1.1). It is the first frame of a known
 * type; the application's bytes follow it. Destroys the stream and throws when there is none: `NODE_CLOSED` when the
 * caller chose another path, `NODE_BAD_MESSAGE` when it said something else.
 */
export async function readNomination(stream: ByteStream, signal: AbortSignal): Promise<Nomination> {
  try {
    const closed = 'the caller chose another path'
    const { body } = await readFrame(stream, [FrameType.Nomination], closed, signal)
    return decodeNomination(body)
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** The callee's reply to a nomination that it accepts: its application's bytes follow. */
export function acceptNomination(stream: ByteStream, terms: SessionTerms = {}): void {
  stream.write(encodeReply({ code: ReplyCode.Accepted, ...terms }))
}

/** The callee's reply to a nomination that it does not accept. The stream ends with it, within a second at most. */
export function refuseNomination(
  stream: ByteStream,
  clock: Clock,
  code: RefusalCode = ReplyCode.Unavailable,
): void {
  const cancel = clock.at(clock.now() + LINGER_MS, () => stream.destroy())
  stream.on('error', () => {}) // It is over, one way or another.
  stream.once('close', cancel)
  stream.end(encodeReply({ code }))
  // Unread bytes would hide the caller's end.
  stream.resume()
}

/**
 * The caller's half: nominates an authenticated stream, and takes the callee's reply off it before anyone reads it. The
 * application need not wait for the reply: what it writes follows the nomination, what it reads follows the reply.
 *
 * The stream ends with `NODE_SERVICE` when the callee does not accept, and with `NODE_SESSION` when the callee does not
 * have the session. Any other frame than a reply ends it with `NODE_BAD_MESSAGE`. The promise rejects with the same code,
 * or with `NODE_CLOSED` when the stream ends before. A caller need not wait for it.
 */
export function nominate(stream: ByteStream, nomination: Nomination): Promise<Reply> {
  const replied = takeFrame(stream, FrameType.Reply).then((body) => {
    const reply = decodeReply(body)
    if (reply.code === ReplyCode.UnknownSession) throw new NodeError('NODE_SESSION', UNKNOWN_SESSION)
    if (reply.code !== ReplyCode.Accepted) throw notAvailable(nomination, reply)
    return reply
  })
  replied.catch((error: Error) => {
    stream.on('error', () => {}) // The promise has it; a path that joins a session has no reader yet.
    stream.destroy(error)
  })
  stream.write(encodeNomination(nomination))
  return replied
}

function notAvailable({ service = '' }: Nomination, { code }: Reply): NodeError {
  const [what, remedy] =
    service === '' ? ['pipes', ''] : [`"${service}"`, ': ask the peer what it offers, and whom it allows']
  const other = code === ReplyCode.Unavailable ? '' : ` (code ${code})`
  return new NodeError('NODE_SERVICE', `the peer does not offer ${what} to this node${other}${remedy}`)
}
