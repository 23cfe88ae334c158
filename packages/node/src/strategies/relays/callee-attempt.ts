import { formatTransportAddress, sleep, type TcpConnection } from '@p2pd/netif'
import { readNomination } from '../../handshake/nomination.ts'
import { encodePreamble, MASK_LENGTH } from '../../handshake/preamble.ts'
import type { Path } from '../../pipes/path.ts'
import type { StrategyAttempt } from '../../race/strategy-race.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { AnswerContext } from '../context.ts'
import type { MetPath } from './udp-meeting.ts'

/** Three dials with TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000
/** A server resets who has no permission yet: the caller may be asking for it at this moment. */
const TRIES = 3
const BETWEEN_TRIES_MS = 300

/** Dials up to three times, and authenticates the caller. */
export async function dialUntilPermitted(
  context: AnswerContext,
  dial: () => Promise<TcpConnection>,
  signal: AbortSignal,
): Promise<Path> {
  const { clock, random } = context.node.runtime
  for (let tries = 1; ; tries++) {
    try {
      const connection = await dial()
      connection.stream.write(encodePreamble(context.connectionId, random(MASK_LENGTH)))
      return await authenticate(context, connection, signal)
    } catch (error) {
      if (tries === TRIES || signal.aborted) throw error
      await sleep(clock, BETWEEN_TRIES_MS, signal)
    }
  }
}

/** Proves the keys on a stream through a relay, and waits for the caller's nomination. */
export async function authenticate(
  { node, peer }: AnswerContext,
  opened: MetPath | TcpConnection,
  signal: AbortSignal,
): Promise<Path> {
  try {
    const secured = await node.runtime.secure(opened.stream, { role: 'server', peer, signal })
    const nomination = await readNomination(secured.stream, signal)
    return { ...opened, ...secured, strategy: 'relay', nomination }
  } catch (error) {
    opened.stream.destroy()
    throw error
  }
}

/** An attempt of the callee to reach a relayed address of the caller. */
export function attemptAt(
  { node }: AnswerContext,
  remote: { readonly ip: string; readonly port: number },
  what: string,
  run: (signal: AbortSignal) => Promise<Path>,
): StrategyAttempt<Path> {
  const { clock } = node.runtime
  const timing = { clock, timeoutMs: TIMEOUT_MS, what }
  return {
    strategy: 'relay',
    local: '',
    remote: formatTransportAddress(remote),
    run: (outer) => withDeadline({ ...timing, signal: outer }, run),
  }
}
