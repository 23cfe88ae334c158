import type { RandomBytes } from '@p2pd/netif'
import type { Granted, MappingAnswer, MappingRequest } from '../gateway/mapping-request.ts'
import { randomPort, usableExternalPort } from '../lease/external-port.ts'
import type { Conflict, MappingProtocol } from '../mapping.ts'
import { afterError, type MappingTry } from './after-error.ts'
import { upnpCodeOf } from './call-action.ts'
import { refusedByUpnp } from './upnp-refusal.ts'
import type { PortMappingEntry, PortMappingRequest, WanIpConnection } from './wan-ip-connection.ts'

/** A connection service and what its gateway is. */
export interface IgdMapping {
  readonly connection: WanIpConnection
  readonly gatewayVersion: number
  readonly random: RandomBytes
}

/** The part of a request that changes from one try to the next. */
interface Attempt {
  action: MappingTry['action']
  leaseSeconds: number
  externalPort: number
  samePort: boolean
  otherPorts: number
}

/** Asks for a mapping until the gateway grants one or no rule leads further, then reads back what it granted. */
export async function mapWithIgd(
  igd: IgdMapping,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  const conflicts: Conflict[] = []
  const attempt: Attempt = {
    action: igd.connection.service.version >= 2 ? 'AddAnyPortMapping' : 'AddPortMapping',
    leaseSeconds: request.lifetimeSeconds,
    externalPort: usableExternalPort(request, igd.random),
    samePort: false,
    otherPorts: 0,
  }
  for (;;) {
    try {
      const externalPort = await add(igd, request, attempt, signal)
      const granted = await readBack(igd, request, { ...attempt, externalPort }, conflicts, signal)
      if (!signal?.aborted) return granted
      // Nobody wants it any more.
      await igd.connection.deletePortMapping(request.transport, externalPort)
    } catch (error) {
      signal?.throwIfAborted()
      const goOn = await prepareNext(igd, request, attempt, upnpCodeOf(error), conflicts, signal)
      if (!goOn) return { ...refusedByUpnp('upnp', error), conflicts }
    }
  }
}

/** Once it is sent it is not broken off: the gateway may have done it, and the answer names the port to give back. */
async function add(
  { connection }: IgdMapping,
  request: MappingRequest,
  { action, leaseSeconds, externalPort }: Attempt,
  signal: AbortSignal | undefined,
): Promise<number> {
  const mapping = toPortMapping(request, externalPort, leaseSeconds)
  signal?.throwIfAborted()
  if (action === 'AddAnyPortMapping') return connection.addAnyPortMapping(mapping)
  await connection.addPortMapping(mapping)
  return externalPort
}

function toPortMapping(
  { transport, internal }: MappingRequest,
  externalPort: number,
  leaseSeconds: number,
): PortMappingRequest {
  return { transport, externalPort, internalPort: internal.port, internalClient: internal.ip, leaseSeconds }
}

/** Changes the attempt as the error asks for; false when nothing is left to try. */
async function prepareNext(
  igd: IgdMapping,
  request: MappingRequest,
  attempt: Attempt,
  code: number | undefined,
  conflicts: Conflict[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  switch (afterError(code, attempt)) {
    case 'add-port-mapping':
      attempt.action = 'AddPortMapping'
      return true
    case 'permanent-lease':
      attempt.leaseSeconds = 0
      return true
    case 'same-port':
      attempt.samePort = true
      attempt.externalPort = request.internal.port
      return true
    case 'ask-owner':
      await makeWay(igd, request, attempt, conflicts, signal)
      return true
    case 'other-port':
      takeOtherPort(igd, attempt)
      return true
    case 'stop':
      return false
  }
}

/** An entry of this very host and port is left over from a crash, and goes; another's stays, and is reported. */
async function makeWay(
  { connection, random }: IgdMapping,
  request: MappingRequest,
  attempt: Attempt,
  conflicts: Conflict[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { externalPort } = attempt
  const owner = await optional(connection.getPortMapping(request.transport, externalPort, signal))
  if (owner !== undefined && isOwn(owner, request)) {
    await optional(connection.deletePortMapping(request.transport, externalPort, signal))
    // Counted all the same: a gateway that goes on saying no must come to an end.
    attempt.otherPorts++
    return
  }
  if (owner !== undefined) {
    conflicts.push({ externalPort, internal: { ip: owner.internalClient, port: owner.internalPort } })
  }
  takeOtherPort({ connection, random, gatewayVersion: 1 }, attempt)
}

function takeOtherPort({ random }: IgdMapping, attempt: Attempt): void {
  attempt.otherPorts++
  attempt.externalPort = randomPort(random)
}

/** AddPortMapping does not say what was granted, and some gateways grant something else. */
async function readBack(
  { connection, gatewayVersion }: IgdMapping,
  request: MappingRequest,
  { externalPort, leaseSeconds }: Attempt,
  conflicts: readonly Conflict[],
  signal: AbortSignal | undefined,
): Promise<Granted> {
  const ip = await optional(connection.getExternalIp(signal))
  const entry = await optional(connection.getPortMapping(request.transport, externalPort, signal))
  const protocol: MappingProtocol = gatewayVersion >= 2 ? 'upnp-igd2' : 'upnp-igd1'
  return {
    type: 'granted',
    protocol,
    external: { ...(ip !== undefined && { ip }), port: externalPort },
    lifetimeSeconds: lifetimeOf(leaseSeconds, entry?.leaseSeconds ?? 0),
    conflicts,
  }
}

/**
 * The shorter of what was asked for and what the gateway shows, as some show more than they keep. One that shows 0 does
 * not keep track, or never ends it. Renewing too early does no harm.
 */
function lifetimeOf(askedSeconds: number, shownSeconds: number): number {
  if (askedSeconds === 0 || shownSeconds === 0) return askedSeconds || shownSeconds
  return Math.min(askedSeconds, shownSeconds)
}

function isOwn(entry: PortMappingEntry, { internal }: MappingRequest): boolean {
  return entry.internalClient === internal.ip && entry.internalPort === internal.port
}

/** An answer that a gateway need not give: undefined when it does not. */
async function optional<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer
  } catch {
    // Many gateways lack the lesser actions, and the mapping does not depend on them.
    return undefined
  }
}
