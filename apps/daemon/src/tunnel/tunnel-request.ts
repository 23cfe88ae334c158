/** The value of `Upgrade` that asks for a tunnel. */
export const TUNNEL_PROTOCOL = 'p2pd'
/** Stands for a tunnel that was asked for by a mere GET, as P2PD documents it: nothing answers the request. */
export const RAW_TUNNEL_PROTOCOL = 'p2pd-raw'

/** The path of a tunnel, and of nothing else. */
const TUNNEL_PATH = /^(?:https?:\/\/[^/]*)?(?:\/p2p)?\/(?:pipe|tunnel)\//i
/** The beginning of the same request, for bytes that are still arriving. */
const BEGINNINGS = ['GET /p2p/pipe/', 'GET /p2p/tunnel/', 'GET /pipe/', 'GET /tunnel/']
/** The most that Node takes as headers. */
const MAX_HEAD_BYTES = 16_384
const END_OF_HEAD = /\r?\n\r?\n/

/** A pipe, or a stream beside one, in the API of today: an upgrade joins it. */
const V1_PATH = /^\/v1\/pipes\/([^/?]+)\/(?:stream|streams\/([^/?]+))(?:\?|$)/

/** The pipe and the stream that a path of `/v1` names, percent-encoded; undefined for any other path. */
export function v1TunnelOf(
  url: string,
): { readonly name: string; readonly stream: string | undefined } | undefined {
  const [, name, stream] = V1_PATH.exec(url) ?? []
  return name === undefined ? undefined : { name, stream }
}

/** Whether a path is that of a tunnel. */
export function isTunnelPath(url: string): boolean {
  return TUNNEL_PATH.test(url)
}

/**
 * Marks the first request of a connection as an upgrade if it asks for a tunnel by GET alone. An HTTP parser would take
 * the bytes that follow such a request for the next one. Returns the bytes to parse, or undefined while more are needed.
 * RFC 9110 §7.8.
 */
export function markTunnelRequest(received: Buffer): Buffer | undefined {
  const text = received.toString('latin1', 0, MAX_HEAD_BYTES)
  const begins = BEGINNINGS.some((beginning) => text.startsWith(beginning))
  if (!begins) {
    const mayStillBegin = BEGINNINGS.some((beginning) => beginning.startsWith(text))
    return mayStillBegin ? undefined : received
  }
  const end = END_OF_HEAD.exec(text)?.index
  if (end === undefined) return received.length < MAX_HEAD_BYTES ? undefined : received
  if (/^upgrade\s*:/im.test(text.slice(0, end))) return received
  const afterLine = text.indexOf('\n') + 1
  const marks = `Upgrade: ${RAW_TUNNEL_PROTOCOL}\r\nConnection: Upgrade\r\n`
  return Buffer.concat([received.subarray(0, afterLine), Buffer.from(marks), received.subarray(afterLine)])
}
