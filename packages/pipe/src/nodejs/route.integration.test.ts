import { expect, test } from '@jest/globals'
import { interfaceRoutes, type Route } from '@p2pd/netif'
import { loadInterfaces } from '@p2pd/netif/node'
import { echo } from '@p2pd/pipe'
import { listen, openPipe } from '@p2pd/pipe/node'

const loopbackRoute: Route = { family: 'IPv4', nicAddresses: ['127.0.0.2/31'], externalAddresses: [] }

test.each(['tcp', 'udp'] as const)('a pipe leaves from the address of its route: %s', async (transport) => {
  const nics = await loadInterfaces()
  const routes = [loopbackRoute, ...nics.flatMap((nic) => interfaceRoutes(nic))]
  for (const route of routes.filter(({ family }) => family === 'IPv4')) {
    const [source = ''] = route.nicAddresses[0]?.split('/') ?? []
    const server = await listen({ transport, local: { ip: source, port: 0 } })
    server.onPipe(echo)
    const pipe = await openPipe({ transport, route, dest: server.local })
    expect(pipe.local.ip).toBe(source)
    await pipe.send('routed')
    expect(String((await pipe.recv({ timeoutMs: 5000 })).data)).toBe('routed')
    await Promise.all([pipe.close(), server.close()])
  }
})

test('a route of the wrong family, or without an address, is named', async () => {
  const open = (route: Route, ip: string) => openPipe({ transport: 'tcp', route, dest: { ip, port: 1 } })
  await expect(open(loopbackRoute, '::1')).rejects.toMatchObject({ code: 'PIPE_FAMILY_MISMATCH' })
  const empty = { ...loopbackRoute, nicAddresses: [] }
  await expect(open(empty, '127.0.0.1')).rejects.toMatchObject({ code: 'PIPE_INVALID_ARGUMENT' })
})
