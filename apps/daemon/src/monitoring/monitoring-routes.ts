import { within } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { FastifyInstance } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'
import { daemonMetrics } from './daemon-metrics.ts'

/** A supervisor does not wait for long. */
const READY_MS = 1000

/** Health, readiness and metrics, for supervisors: nothing in them names a peer. */
export function addMonitoringRoutes(app: FastifyInstance, context: DaemonContext): void {
  const { node } = context
  app.get('/healthz', (_, reply) => reply.code(204).send())
  app.get('/readyz', async (_, reply) => {
    const isReady = node.ready().then(
      () => true,
      () => false,
    )
    return reply.code((await within(systemClock, isReady, READY_MS)) ? 204 : 503).send()
  })
  const registry = daemonMetrics(context)
  app.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()))
}
