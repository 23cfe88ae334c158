import { abortable, type Family, type Interface, IpRange, leadsOut, literalFamily } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { type Node, NodeError, type Servers } from '@p2pd/node'
import {
  type ContactsAdmission,
  contactsAdmission,
  defaultContactsFile,
  defaultPendingFile,
  DEFAULT_SERVERS,
  defaultIdentityFile,
  loadServers,
  type StartOptions,
  startNode,
} from '@p2pd/node/node'
import { admissionWarnings } from './access/admission-warnings.ts'
import { type Beginning, watchReachability } from './access/reachability.ts'
import { watchSharedIdentity } from './access/shared-identity.ts'
import { closeInTime } from './ending/close-in-time.ts'
import type { Context } from './context.ts'
import { showProgress } from './progress/show-progress.ts'

/** The demands of a command on its node. */
export interface NodeNeeds
  extends Pick<StartOptions, 'echo' | 'log' | 'announce' | 'admit' | 'names' | 'watchServers'> {
  /** Whether brokers that can't be used are an error, not a message only. @default whether the user named some */
  readonly needsBrokers?: boolean
  /** Whether the command goes on before there is a network, and is called later. @default whether it announces itself */
  readonly mayWait?: boolean
}

/** The files of the environment; a user without a home folder has none. */
function contactFiles({ env }: Context): ContactsAdmission {
  try {
    return { contactsFile: defaultContactsFile(env), pendingFile: defaultPendingFile(env) }
  } catch (error) {
    if (error instanceof NodeError && error.code === 'NODE_NO_HOME') return {}
    throw error
  }
}

/** The state of a machine early in its start. */
const NO_NETWORK = 'no NIC has an address and a default route'

/** Starts the user's node, runs something with it, and closes it; gives the result of that. */
export async function withNode<Result>(
  context: Context,
  { needsBrokers, mayWait, ...options }: NodeNeeds,
  run: (node: Node) => Promise<Result>,
): Promise<Result> {
  const { identityFile, serversFile, mayMapPorts, relay, output, interrupted } = context
  const servers = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  const mustHaveBrokers = needsBrokers ?? (serversFile !== undefined && servers.mqtt.length > 0)
  const warnings = admissionWarnings(context)
  if (options.announce !== false) await warnings.checkContacts()
  const node = await startNode({
    admit: contactsAdmission(contactFiles(context)),
    ...options,
    log: warnings.watching(options.log ?? output.log),
    servers,
    identity: identityFile ?? defaultIdentityFile(),
    ...(!mayMapPorts && { portMapping: false }),
    ...(relay && { relay }),
    signal: interrupted,
  })
  try {
    let beginning: Beginning = { isReached: true }
    const ready = abortable(node.ready(), interrupted)
    await showProgress(output, 'Connecting to the brokers', ready).catch(async (error: Error) => {
      interrupted.throwIfAborted()
      const alone = await isAlone(servers)
      const isWaiting = alone && (mayWait ?? options.announce !== false)
      if (mustHaveBrokers && !isWaiting) throw alone ? noNetwork(error) : error
      beginning = { isReached: false, ...(isWaiting && { waitsFor: NO_NETWORK }) }
      if (isWaiting) output.error(`waiting for a network, as ${NO_NETWORK}`)
      else output.error(`only addresses can be called, here and from elsewhere: ${error.message}`)
    })
    tellOfBrokers(context, node)
    if (options.announce !== false) {
      watchSharedIdentity(context, node)
      watchReachability(context, node, beginning)
    }
    return await run(node)
  } finally {
    await closeInTime(node)
  }
}

/**
 * Whether the brokers are elsewhere, and no NIC leads to them, as early in the start of a machine. A list that is refused
 * proves nothing.
 */
async function isAlone({ mqtt }: Servers): Promise<boolean> {
  const hosts = mqtt.map((url) => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1'))
  if (hosts.every((host) => /^(localhost|127\..*|::1)$/.test(host))) return false
  const nics = await systemNetwork.interfaces().catch(() => undefined)
  return nics !== undefined && !nics.some((nic) => nic.up && leadsToOneOf(nic, hosts))
}

/** Networks without a router, as those of containers or of one cable, lead to the hosts that are on them. */
function leadsToOneOf(nic: Interface, hosts: readonly string[]): boolean {
  // An IPv6 address is not usable for a second or more after it has come. RFC 4862 §5.4.
  const isUsable = (family: Family) =>
    leadsOut(nic, family) && nic.addresses.some((one) => one.family === family && one.scope !== 'link')
  if (isUsable('IPv4') || isUsable('IPv6')) return true
  return hosts.some((host) => {
    const family = literalFamily(host)
    const near = nic.addresses.filter((address) => address.family === family)
    return near.some(({ ip, prefixLength }) => new IpRange(ip, prefixLength).contains(host))
  })
}

function noNetwork(cause: Error): NodeError {
  const message = 'no NIC here has a default route, so no broker is reached; connect to a network first'
  return new NodeError('NODE_NO_BROKER', message, { cause })
}

/** Says why a broker is down: once, though the node tries again and again. */
function tellOfBrokers({ output }: Context, node: Node): void {
  const told = new Map<string, string>()
  node.onEvent((event) => {
    if (event.type === 'broker-up') told.delete(event.url)
    if (event.type !== 'broker-down') return
    const { url, reason = 'down' } = event
    if (told.get(url) !== reason) output.error(`broker ${url}: ${reason}`)
    told.set(url, reason)
  })
}
