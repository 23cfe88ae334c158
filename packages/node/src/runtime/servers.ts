import { redactUrl } from '@p2pd/signal-mqtt'
import { NodeError } from '../node-error.ts'

/** A TURN server, with a user or with the secret that time-limited credentials are made of. */
export type TurnServer = TurnServerUser | TurnServerSecret

/** A TURN server that knows a user. */
export interface TurnServerUser {
  /** `turn:host:port?transport=udp`, `turns:host`. RFC 7065. */
  readonly uri: string
  readonly username: string
  readonly credential: string
}

/** A TURN server that shares a secret with its users: coturn's `--use-auth-secret`. */
export interface TurnServerSecret {
  /** `turn:host:port?transport=udp`, `turns:host`. RFC 7065. */
  readonly uri: string
  readonly secret: string
}

/** The servers a node uses: what a servers file holds. */
export interface Servers {
  /** `stun:host:port?transport=tcp`, `stuns:host`. RFC 7064. */
  readonly stun: readonly string[]
  readonly turn: readonly TurnServer[]
  /** `mqtt://host:1883`, `mqtts://`, `ws://`, `wss://`, with user and password where needed. */
  readonly mqtt: readonly string[]
}

const SECTIONS = ['stun', 'turn', 'mqtt'] as const
/** host, optional port, optional transport. RFC 7064 §3.1, RFC 7065 §3.1. */
const URI = /^(stuns?|turns?):(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/
const MQTT_SCHEMES = ['mqtt:', 'mqtts:', 'ws:', 'wss:']

/** Parses a servers file. Throws `NODE_BAD_SERVERS`, which names a wrong entry; `source` is its name for the text. */
export function parseServers(text: string, source: string): Servers {
  if (text.trim() === '') throw new NodeError('NODE_BAD_SERVERS', `${source} is empty`)
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) // A byte order mark is not a part of the text.
  } catch (error) {
    throw new NodeError('NODE_BAD_SERVERS', `${source} is not JSON: ${(error as Error).message}`)
  }
  return readServers(value, source)
}

/** Checks a value that should be a list of servers, entry by entry. Throws `NODE_BAD_SERVERS`. */
export function readServers(value: unknown, source: string): Servers {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NodeError('NODE_BAD_SERVERS', `${source} must hold an object with "stun", "turn" and "mqtt"`)
  }
  const unknown = Object.keys(value).find((key) => !SECTIONS.some((section) => section === key))
  if (unknown !== undefined) throw badEntry(source, unknown, 'is not one of "stun", "turn", "mqtt"')
  const sections = value as Record<string, unknown>
  return {
    stun: list(sections, 'stun', source).map((entry, index) =>
      checkUri(entry, 'stun', `${source}: stun[${index}]`),
    ),
    turn: list(sections, 'turn', source).map((entry, index) => checkTurn(entry, `${source}: turn[${index}]`)),
    mqtt: list(sections, 'mqtt', source).map((entry, index) => checkMqtt(entry, `${source}: mqtt[${index}]`)),
  }
}

function list(sections: Record<string, unknown>, section: string, source: string): readonly unknown[] {
  const value = sections[section] ?? []
  if (!Array.isArray(value)) throw badEntry(source, section, 'is not a list')
  return value
}

function checkUri(entry: unknown, scheme: 'stun' | 'turn', where: string): string {
  const match = typeof entry === 'string' ? URI.exec(entry) : null
  if (match === null || !match[1]?.startsWith(scheme)) {
    throw badEntry(where, entry, `is not a ${scheme} URI such as "${scheme}:192.0.2.1:3478?transport=tcp"`)
  }
  if (match[3] !== undefined && !isPort(Number(match[3])))
    throw badEntry(where, entry, 'has a port that is not 1 to 65535')
  return match[0]
}

function checkTurn(entry: unknown, where: string): TurnServer {
  const { uri, username, credential, secret } = (entry ?? {}) as Record<string, unknown>
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (isText(secret) && username === undefined && credential === undefined) {
    return { uri: checkUri(uri, 'turn', where), secret }
  }
  if (!isText(username) || !isText(credential) || secret !== undefined) {
    const needs = 'needs "uri", and "username" and "credential" or "secret"'
    throw badEntry(where, entry instanceof Object ? uri : entry, needs)
  }
  return { uri: checkUri(uri, 'turn', where), username, credential }
}

function checkMqtt(entry: unknown, where: string): string {
  if (typeof entry !== 'string' || !URL.canParse(entry)) throw badEntry(where, entry, 'is not a URL')
  const { protocol, hostname, port } = new URL(entry)
  if (!MQTT_SCHEMES.includes(protocol))
    throw badEntry(where, entry, 'must begin with mqtt://, mqtts://, ws:// or wss://')
  if (hostname === '' || (port !== '' && !isPort(Number(port))))
    throw badEntry(where, entry, 'names no host and port')
  return entry
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}

/** Names an entry without user and password. */
function badEntry(where: string, entry: unknown, why: string): NodeError {
  const shown = JSON.stringify(typeof entry === 'string' ? redactUrl(entry) : entry) ?? 'nothing'
  return new NodeError('NODE_BAD_SERVERS', `${where}: ${shown} ${why}`)
}
