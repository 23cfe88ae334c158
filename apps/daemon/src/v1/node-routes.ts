import type { FastifyInstance } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'
import { Broker, InterfaceNat, NetworkInterface } from './network-schemas.ts'
import { answers, CallReport, Candidate, listOf, NodeResource } from './schemas.ts'
import type { WatchedNode } from './watched-node.ts'

/** The node, where it can be reached, and its calls. */
export function addNodeRoutes(app: FastifyInstance, context: DaemonContext, watched: WatchedNode): void {
  const { node, version } = context
  const startedAt = new Date().toISOString()
  const get = (url: string, summary: string, schema: object, answer: () => unknown) =>
    app.get(url, { schema: { summary, response: answers(200, schema) } }, answer)
  get('/v1/node', 'The node and its daemon', NodeResource, async () => ({
    id: node.id,
    address: await node.address(),
    version,
    pid: process.pid,
    url: context.url(),
    startedAt,
  }))
  get('/v1/candidates', 'The addresses that peers dial, best first', listOf(Candidate), () => ({
    items: [...node.candidates()],
  }))
  get('/v1/interfaces', 'The NICs of this host', listOf(NetworkInterface), async () => ({
    items: await context.interfaces(),
  }))
  get('/v1/nat-reports', 'The NATs in front of each NIC', listOf(InterfaceNat), () => ({
    items: [...node.natReports()],
  }))
  get('/v1/brokers', 'The brokers of the node, and the state of each', listOf(Broker), () => ({
    items: [...node.brokers()],
  }))
  get('/v1/reports', 'The attempts of the last 200 calls, newest first', listOf(CallReport), () => ({
    items: watched.reports(),
  }))
}
