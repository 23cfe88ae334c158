import {
  type Clock,
  type Family,
  familyOf,
  type Network,
  type RandomBytes,
  type TransportAddress,
} from '@p2pd/netif'
import { isWildcard } from '../hosts.ts'
import { Allocations } from './allocations.ts'
import { PeerPolicy } from './peer-policy.ts'
import { TurnAuthenticator, type TurnUsers } from './turn-authenticator.ts'
import type { TurnClient } from './turn-client.ts'
import { LIMITS, type TurnLimits } from './turn-limits.ts'
import { TurnMethods } from './turn-methods.ts'
import { TurnServer } from './turn-server.ts'

/** The settings of the TURN part of a server. */
export interface TurnOptions {
  /** Names and passwords. Without a user nobody gets an allocation. */
  readonly users: TurnUsers
  /** @default p2pd */
  readonly realm?: string
  /** Relays to private, loopback and link-local addresses too: for tests and closed networks. @default false */
  readonly allowPrivatePeers?: boolean
  /** False makes it a server without TCP allocations, as many are. @default true */
  readonly relaysTcp?: boolean
  readonly limits?: TurnLimits
}

/** The parts of the host that a TURN server runs on. */
export interface TurnHost {
  readonly network: Pick<Network, 'bindUdp' | 'listenTcp' | 'dial'>
  readonly clock: Clock
  readonly random: RandomBytes
  /** Addresses at which requests come in. */
  readonly locals: readonly TransportAddress[]
  /** Addresses of this machine at which others reach it; relays are bound to the first one of a family. */
  readonly ips: readonly string[]
}

/** Makes a TURN server for the sockets of a host. */
export function newTurnServer(
  { users, realm = 'p2pd', allowPrivatePeers = false, relaysTcp = true, limits }: TurnOptions,
  host: TurnHost,
): TurnServer {
  const { network, clock, random, locals, ips } = host
  const bounds = { ...LIMITS, ...limits }
  const policy = new PeerPolicy({
    allowPrivatePeers,
    ownIps: ips,
    ownPorts: locals.map(({ port }) => port),
    isRelayed: (address) => allocations.isRelayed(address),
  })
  const relayIp = (family: Family, { local }: TurnClient) =>
    isWildcard(local.ip) || familyOf(local.ip) !== family
      ? ips.find((ip) => familyOf(ip) === family)
      : local.ip
  const allocations: Allocations = new Allocations({
    network,
    clock,
    random,
    limits: bounds,
    policy,
    relayIp,
  })
  const methods = new TurnMethods(allocations, policy, {
    maxLifetimeSeconds: bounds.lifetimeSeconds,
    relaysTcp,
  })
  const authenticator = new TurnAuthenticator(users, realm, random)
  return new TurnServer({ allocations, authenticator, methods, now: () => clock.now() })
}
