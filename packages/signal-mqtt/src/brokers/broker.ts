import { SignalError } from '../signal-error.ts'

/** How a message is published. */
export interface PublishOptions {
  /** The broker keeps it for who subscribes later. MQTT 5.0 §3.3.1.3. @default false */
  readonly retain?: boolean
  /** For brokers that speak MQTT 5: when to stop delivering it. MQTT 5.0 §3.3.2.3.3. @default never */
  readonly expiresInMs?: number
}

/** How a topic is subscribed to. */
export interface SubscribeOptions {
  /** Somebody waits for the message that the broker retains; a broker may deliver several copies then. @default false */
  readonly awaitsRetained?: boolean
}

/** One connection to one broker; it ends once and for all. The only I/O that signalling does. */
export interface BrokerConnection {
  /** False once the broker has said that it keeps no retained messages. MQTT 5.0 §3.2.2.3.5. */
  readonly retains: boolean
  /** The address it leaves from; undefined when it is not known. */
  readonly localAddress?: string | undefined
  /** Resolves when the broker has taken the message. */
  publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void>
  /** Resolves when the broker has confirmed; the result ends the subscription. */
  subscribe(
    topic: string,
    listener: (payload: Uint8Array) => void,
    options?: SubscribeOptions,
  ): Promise<() => void>
  /** Resolves when the broker has answered a ping. MQTT 5.0 §3.12. @default the connection is taken to be alive */
  ping?(): Promise<void>
  /** Calls back when the connection has ended without `close()`. */
  onEnd(listener: (reason: string) => void): void
  close(): Promise<void>
}

/**
 * Connects to a broker. Rejects with one line that says what went wrong; ends when `signal` aborts. Calls `onDialled` with
 * the round trip in milliseconds once there is a connection to speak MQTT over. Some resolve before the broker has accepted the
 * client: then the first requests fail where it refuses, and so does the connection.
 */
export type ConnectBroker = (
  url: string,
  signal: AbortSignal,
  onDialled?: (roundTripMs: number) => void,
) => Promise<BrokerConnection>

const PROTOCOLS = ['mqtt:', 'mqtts:', 'ws:', 'wss:']

/** Throws `SIGNAL_BAD_URL` unless the text is a broker's URL. */
export function checkBrokerUrl(text: string): void {
  const fix = 'use mqtt://, mqtts://, ws:// or wss:// and a host'
  if (!URL.canParse(text))
    throw new SignalError('SIGNAL_BAD_URL', `broker ${redactUrl(text)}: not a URL; ${fix}`)
  const { protocol, hostname } = new URL(text)
  if (!PROTOCOLS.includes(protocol) || hostname === '') {
    throw new SignalError('SIGNAL_BAD_URL', `broker ${redactUrl(text)}: ${fix}`)
  }
}

/**
 * A URL as it may be shown: without user and password, query and fragment. Some brokers take a token in the query. A path
 * that holds an `@` is left out, too, since it may be half a password. A text that is not a URL loses everything up to its
 * last `@`. RFC 3986 §3.2.1, §3.4.
 */
export function redactUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.host === '') return withoutQuery(withoutUserInfo(text))
  const { protocol, host, username, password, pathname, search, hash } = url
  if ((pathname + search + hash).includes('@')) return `${protocol}//${host}`
  if ([username, password, search, hash].every((part) => part === '')) return text
  // The parser adds a path to ws: and wss: URLs. People who know the broker without a password leave it out, too.
  return `${protocol}//${host}${pathname === '/' && !text.endsWith('/') ? '' : pathname}`
}

/** The query of `stun:` and `turn:` URIs stays: it names the transport. RFC 7064 §3.1. */
function withoutQuery(text: string): string {
  return text.includes('://') ? text.replace(/[?#].*$/s, '') : text
}

function withoutUserInfo(text: string): string {
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const colon = text.indexOf(':')
  const hasAuthority = colon > 0 && colon < at && text.startsWith('//', colon + 1)
  return (hasAuthority ? `${text.slice(0, colon)}://` : '') + text.slice(at + 1)
}
