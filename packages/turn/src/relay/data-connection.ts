import { type ByteStream, equalBytes, readExactly, readPrefix, withDeadline } from '@p2pd/netif'
import { AttributeType, decodeMessage, type Message, MessageClass, Method } from '@p2pd/stun'
import { errorCodeOf, errorOf } from '../client/error-response.ts'
import { TurnError } from '../turn-error.ts'
import type { Established } from './establish.ts'
import type { SpareConnection } from './spare-connection.ts'
import type { TurnPorts } from './turn-ports.ts'

/** The server waits so long for the data connection. RFC 6062 §5.3. */
const BIND_MS = 30_000

const HEADER_BYTES = 20

/** Larger than any response of a server. */
const MAX_RESPONSE_BYTES = 2048

/** The parts with which a data connection is opened. */
interface DataConnectionParts {
  readonly ports: Pick<TurnPorts, 'clock' | 'random'>
  readonly spare: SpareConnection
  readonly signal: AbortSignal
}

/**
 * Opens the data connection of an id that the server gave: from its success response on, every byte is the peer's. A
 * ConnectionBind with a stale nonce is closed without a response and burns the id. RFC 6062 §4.3, §4.4.
 */
export async function bindDataConnection(
  { served, authentication }: Pick<Established, 'served' | 'authentication'>,
  connectionId: Uint8Array,
  { ports, spare, signal }: DataConnectionParts,
): Promise<ByteStream> {
  const timedOut = () => new TurnError('TURN_TIMEOUT', `ConnectionBind: nothing within ${BIND_MS} ms`)
  return withDeadline({ clock: ports.clock, timeoutMs: BIND_MS, signal, timedOut }, async (ended) => {
    const stream = await spare.take(served.target, ended)
    try {
      const transactionId = ports.random(12)
      const attributes = [{ type: AttributeType.ConnectionId, value: connectionId }]
      const method = Method.ConnectionBind
      const request: Message = { class: MessageClass.Request, method, transactionId, attributes }
      stream.on('error', () => {}) // `close` follows
      stream.write(authentication.encode(request))
      const response = await readPrefix(stream, responseReader(stream), ended)
      checkResponse(response, transactionId, authentication.isAuthentic(response))
      return stream
    } catch (error) {
      stream.destroy()
      throw error
    }
  })
}

/** Reads one STUN message off a stream and leaves the rest, which is data. */
function responseReader(stream: ByteStream): () => Uint8Array | undefined {
  let header: Uint8Array | undefined
  return () => {
    header ??= readExactly(stream, HEADER_BYTES)
    if (header === undefined) return undefined
    const length = ((header[2] ?? 0) << 8) | (header[3] ?? 0)
    if (length > MAX_RESPONSE_BYTES) throw new TurnError('TURN_MALFORMED', `response of ${length} bytes`)
    const rest = length === 0 ? new Uint8Array(0) : readExactly(stream, length)
    return rest === undefined ? undefined : Uint8Array.from([...header, ...rest])
  }
}

function checkResponse(bytes: Uint8Array, transactionId: Uint8Array, isAuthentic: boolean): void {
  const response = decodeMessage(bytes)
  const isOurs = equalBytes(response.transactionId, transactionId)
  if (!isOurs || response.method !== Method.ConnectionBind) {
    throw new TurnError('TURN_MALFORMED', 'ConnectionBind: an answer to something else')
  }
  if (response.class === MessageClass.ErrorResponse) throw errorOf('ConnectionBind', errorCodeOf(response))
  if (!isAuthentic) throw new TurnError('TURN_MALFORMED', 'ConnectionBind: a response that nobody signed')
}
