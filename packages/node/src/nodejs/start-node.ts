import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { abortable, literalFamily, scopeOf, sleep } from '@p2pd/netif'
import {
  descriptorLimit,
  gatewayMac,
  systemClock,
  systemNetwork,
  systemRandom,
  watchSystemInterfaces,
} from '@p2pd/netif/node'
import { Session, systemHmac } from '@p2pd/session/node'
import type { Udx } from '@p2pd/udx'
import { loadUdx } from '@p2pd/udx/node'
import { createNode } from '../create-node.ts'
import type { Node, NodeOptions } from '../node.ts'
import { plainWhereBothWant } from '../handshake/plain.ts'
import type { Log, Runtime } from '../runtime/runtime.ts'
import { readServers, type Servers } from '../runtime/servers.ts'
import type { ResolveName } from '../naming/resolve-name.ts'
import { contactsAdmission } from './access/contacts-admission.ts'
import { serveEcho } from '../pipes/echo.ts'
import { serveSituation, SITUATION_SERVICE } from '../services/situation.ts'
import { DEFAULT_SERVERS } from './default-servers.ts'
import { type PrivateIdentity, verifyEd25519 } from './identity.ts'
import { defaultIdentityFile, loadIdentity } from './identity-file.ts'
import { nameResolver } from './name-resolver.ts'
import { openSystemPortMapper } from './port-mapping/port-mapper.ts'
import { rehearse, type RehearsalParts } from './rehearsal/rehearse.ts'
import { changingRelayOpener } from './relays/changing-relay-opener.ts'
import { loadServers } from './files/servers-file.ts'
import { ChangingSignal } from './servers/changing-signal.ts'
import { ServersInUse, type WatchServers } from './servers/servers-in-use.ts'
import type { Secure } from '../handshake/secure.ts'
import { tlsSecure } from './tls.ts'

/** A service of every node: it sends back what it receives. */
export const PING_SERVICE = 'ping'

/** The time that a first offer may wait for the answer of a STUN server, and that it takes to seal. */
const FIRST_OFFER_MS = 30

/** How a node is started. */
export interface StartOptions {
  /** The servers, or the file that holds them. @default a built-in list of public ones */
  readonly servers?: Servers | string
  /** Reports other servers, which the node uses from then on: see `ServersInUse`. @default they stay the same */
  readonly watchServers?: WatchServers
  /** The identity, or the file that holds it (made when missing). @default the user's own file */
  readonly identity?: PrivateIdentity | string
  /** TCP port; 0 lets the system choose. @default 0 */
  readonly port?: number
  /** Serves incoming pipes with the echo protocol. @default false */
  readonly echo?: boolean
  /** How long a pipe lasts without a path. @default 60000 */
  readonly resumeMs?: number
  /** How often an idle path of a pipe is checked: see `NodeOptions.keepAlive`. @default 'prompt' */
  readonly keepAlive?: NodeOptions['keepAlive']
  /** Puts private addresses into the node's address, not only global ones. @default true */
  readonly publishLan?: boolean
  /** False leaves pipes unencrypted whose other end wants that, too; both keys are proved all the same. @default true */
  readonly secure?: boolean
  /**
   * Has gateways forward the TCP port to this host. A file beside the identity file remembers the mappings, so that those
   * of a crash are found again.
   *
   * @default true; false where all servers are on this host, or there are none
   */
  readonly portMapping?: boolean
  /**
   * Decides who may use which service, before any byte reaches a handler.
   *
   * @default the raw pipe is for everyone, a service for the user's contacts (each for those it may use)
   */
  readonly admit?: NodeOptions['admit']
  /** False for a node that nobody is to call: it leaves no record on its brokers. @default true */
  readonly announce?: boolean
  /** When calls, and answers to calls, go through a relay: see `NodeOptions.relay`. @default 'last' */
  readonly relay?: NodeOptions['relay']
  /** Looks up names. @default the user's contacts, then DNS */
  readonly names?: ResolveName
  readonly log?: Log
  /**
   * False for a program that calls at once. The node is there before a broker has answered, and an offer travels along with
   * the connection to a broker. Such a node can be called after `ready`.
   *
   * @default true
   */
  readonly waitForBrokers?: boolean
  /** Gives the start up: it rejects with the reason, and waits for no broker. A node that has started goes on. */
  readonly signal?: AbortSignal
}

/**
 * Starts a node on this machine: loads or makes its identity, listens, and connects to its brokers. When no
 * broker can be reached within 4 s it runs all the same, for those who know its address; `ready` says why.
 *
 * Rejects with `NODE_BAD_SERVERS`, `NODE_IDENTITY_FILE`, `NODE_NO_HOME`, `NODE_BAD_OPTION` or `NODE_LISTEN`.
 */
export async function startNode(options: StartOptions = {}): Promise<Node> {
  const { log, port, echo, publishLan, announce, resumeMs, keepAlive, names = nameResolver() } = options
  const { admit = contactsAdmission(), relay, waitForBrokers: isWaiting = true } = options
  const servers = new ServersInUse(await serversOf(options.servers), options.watchServers)
  const portMapping = options.portMapping ?? hasServerElsewhere(servers.current)
  const identity = await identityOf(options.identity)
  // Brokers may be named later where the servers are watched.
  const isSignalling = servers.current.mqtt.length > 0 || options.watchServers !== undefined
  // Brokers are dialled first, since the slowest part of a start is to wait for them.
  const signal = isSignalling
    ? new ChangingSignal(servers, identity, { ...clocks, ...(log && { log }) })
    : undefined
  let node: Node | undefined
  try {
    const udx = await udxOf(log)
    const secure = plainWhereBothWant({
      identity,
      verify: verifyEd25519,
      random: systemRandom,
      encrypted: tlsSecure(identity),
      isWanted: options.secure === false,
    })
    const runtime = systemRuntime({ secure, udx, leases: leaseFolder(options.identity), log, servers })
    options.signal?.throwIfAborted()
    node = await createNode({
      identity,
      runtime,
      signal,
      stun: () => servers.current.stun,
      port,
      echo,
      publishLan,
      resumeMs,
      keepAlive,
      admit,
      announce,
      relay,
      portMapping,
      names,
      relayOpener: await changingRelayOpener(servers, runtime),
    })
    // For `p2pd ping` and `p2pd doctor`: who may use them is decided as for every service.
    node.serve(PING_SERVICE, (pipe) => serveEcho(pipe, log))
    const situation = node
    node.serve(SITUATION_SERVICE, (pipe) => serveSituation(situation, pipe))
    const ready = signal?.ready().catch((error: Error) => log?.('no-broker', { reason: error.message }))
    // The brokers and STUN servers are asked by now, and their answers take a while.
    if (signal !== undefined)
      void rehearseMeanwhile(isWaiting ? undefined : signal, { identity, secure, log })
    await abortable(Promise.resolve(isWaiting ? ready : undefined), options.signal)
    return node
  } catch (error) {
    servers.close()
    await (node ?? signal)?.close()
    throw error
  }
}

/** The clocks and the randomness of this machine. */
const clocks = { clock: systemClock, wallClock: Date.now, random: systemRandom }

/** The parts of a runtime that are not the same for every node. */
interface SystemParts {
  readonly secure: Secure
  readonly udx: Runtime['udx'] | undefined
  /** The folder for port mappings that outlive a crash. */
  readonly leases: Parameters<typeof openSystemPortMapper>[0]
  readonly log: Log | undefined
  readonly servers: ServersInUse
}

/** The network, clocks and randomness of this machine. */
function systemRuntime({ secure, udx, leases, log, servers }: SystemParts): Runtime {
  return {
    program: { host: hostname(), pid: process.pid },
    network: systemNetwork,
    watchNetwork: async (onChange) => {
      const onError = (error: unknown) => log?.('interfaces-not-read', { reason: (error as Error).message })
      const watcher = await watchSystemInterfaces((_, interfaces) => onChange(interfaces), onError)
      // Other servers see other mappings: the node learns its NATs anew, as on another network.
      const stop = servers.onChange(() => void systemNetwork.interfaces().then(onChange).catch(onError))
      return {
        attend: (isAttentive) => watcher.attend(isAttentive),
        check: () => watcher.check(),
        close: () => {
          stop()
          servers.close()
          watcher.close()
        },
      }
    },
    maxDescriptors: descriptorLimit(),
    ...clocks,
    secure: logged(secure, log),
    openSession: (how) => new Session({ clock: systemClock, ...how }),
    hmac: systemHmac,
    verify: verifyEd25519,
    gatewayMac,
    openPortMapper: () => openSystemPortMapper(leases, log),
    ...(udx && { udx }),
    ...(log && { log }),
  }
}

/**
 * Rehearses while the answers of brokers and STUN servers are under way. The offer of a call that is made at once leaves by
 * `signal` before, as the rehearsal occupies the processor for longer than that takes.
 */
async function rehearseMeanwhile(signal: ChangingSignal | undefined, parts: RehearsalParts): Promise<void> {
  if (signal !== undefined) {
    await signal.sendable(parts.identity.publicKey)
    await sleep(systemClock, FIRST_OFFER_MS)
  }
  await rehearse(parts)
}

/** Authenticates paths and logs when each of them opened and when it was authenticated. */
function logged(secure: Secure, log: Log | undefined): Secure {
  return async (stream, options) => {
    const { role } = options
    log?.('path-opened', { at: Date.now(), role })
    const secured = await secure(stream, options)
    log?.('path-authenticated', { at: Date.now(), role })
    return secured
  }
}

/** A node whose servers are all on this host is a test or a demonstration; the router is left alone. */
function hasServerElsewhere({ stun, mqtt, turn }: Servers): boolean {
  const uris = [...stun, ...mqtt, ...turn.map(({ uri }) => uri)]
  return uris.some((uri) => {
    const host = hostOf(uri)
    return host !== 'localhost' && (literalFamily(host) === undefined || scopeOf(host) !== 'host')
  })
}

/** The host of a `stun:`, `turn:` or `mqtt://` URI, without brackets. RFC 7064 §3.1, RFC 7065 §3.1. */
function hostOf(uri: string): string {
  // The first two have no authority; without a user their host follows the scheme.
  const { hostname } = new URL(uri.includes('://') ? uri : uri.replace(':', '://'))
  return hostname.replace(/^\[|\]$/g, '')
}

/** Beside the identity file; a program that brings its own identity keeps no files. */
function leaseFolder(identity: StartOptions['identity']): string | undefined {
  if (identity !== undefined && typeof identity !== 'string') return undefined
  return dirname(identity ?? defaultIdentityFile())
}

/** Optional: without it nothing is punched over UDP, and reports say so. */
async function udxOf(log: Log | undefined): Promise<Udx | undefined> {
  try {
    return await loadUdx()
  } catch (error) {
    log?.('no-udx', { reason: (error as Error).message })
    return undefined
  }
}

async function serversOf(servers: StartOptions['servers']): Promise<Servers> {
  if (servers === undefined) return DEFAULT_SERVERS
  return typeof servers === 'string' ? loadServers(servers) : readServers(servers, 'servers')
}

async function identityOf(identity: StartOptions['identity']): Promise<PrivateIdentity> {
  return identity === undefined || typeof identity === 'string' ? loadIdentity(identity) : identity
}
