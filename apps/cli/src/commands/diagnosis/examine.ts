import { lookup } from 'node:dns/promises'
import type { Netcheck } from '@p2pd/nat'
import { abortable, withDeadline, systemReason } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { Servers } from '@p2pd/node'
import { DEFAULT_SERVERS, loadServers } from '@p2pd/node/node'
import type { Context } from '../../context.ts'
import { checkNetworkHere } from '../netcheck.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Everything that was found out about this machine. */
export interface Examination {
  readonly findings: readonly Finding[]
  readonly netcheck: Netcheck
}

/** Resolvers that do not answer are given up after this. */
const DNS_MS = 5000

/** Checks this machine and its network. */
export async function examine(context: Context): Promise<Examination> {
  const { serversFile } = context
  const servers = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  const [{ checked, portmapReason }, names] = await Promise.all([
    checkNetworkHere(context, servers),
    Promise.all(hostNames(servers).map(resolveName)),
  ])
  return { netcheck: checked, findings: findingsOf(checked, { now: Date.now(), portmapReason, names }) }
}

/** Hosts of servers that are names. */
function hostNames({ stun, turn, mqtt }: Servers): string[] {
  const hosts = [...stun, ...turn.map(({ uri }) => uri)].map((uri) => /^[a-z]+:([^:?[\]]+)/.exec(uri)?.[1])
  const brokers = mqtt.map((url) => new URL(url).hostname)
  const all = [...hosts, ...brokers].filter((host): host is string => host !== undefined)
  return [...new Set(all)].filter((host) => /[a-z]/i.test(host) && !host.startsWith('['))
}

async function resolveName(name: string): Promise<{ readonly name: string; readonly reason?: string }> {
  const timedOut = () => new Error(`no answer within ${DNS_MS / 1000} s`)
  try {
    await withDeadline({ clock: systemClock, timeoutMs: DNS_MS, timedOut }, (late) =>
      abortable(lookup(name), late),
    )
    return { name }
  } catch (error) {
    return { name, reason: systemReason(error) }
  }
}
