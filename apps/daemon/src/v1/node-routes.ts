import type { FastifyInstance } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'

/** The routes about the daemon and its node. */
export function addNodeRoutes(app: FastifyInstance, context: DaemonContext): void {
  const startedAt = new Date().toISOString()
  app.get('/v1/node', async () => ({
    id: context.node.id,
    address: await context.node.address(),
    version: context.version,
    pid: process.pid,
    url: context.url(),
    startedAt,
  }))
}
