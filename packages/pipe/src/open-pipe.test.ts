import { expect, test } from '@jest/globals'
import { type DialOptions, type Network, NetifError } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { openPipe } from './open-pipe.ts'

/** Opens a TCP pipe to a name with these addresses, where every dial is refused. */
function openWhereRefused(addresses: readonly string[]) {
  const clock = new ManualClock()
  const dialled: string[] = []
  const network = {
    resolve: () => Promise.resolve(addresses),
    dial: ({ remote: { ip } }: DialOptions) => {
      dialled.push(ip)
      return Promise.reject(new NetifError('NETIF_REFUSED', `${ip} refused`))
    },
  } as Partial<Network> as Network
  const dest = { host: 'example.com', port: 80 }
  return { clock, dialled, opened: openPipe({ transport: 'tcp', dest }, { network, clock }) }
}

test('when no address of a name works, the error is that of the first one', async () => {
  const { clock, dialled, opened } = openWhereRefused(['192.0.2.1', '192.0.2.2'])
  await expect(opened).rejects.toMatchObject({ code: 'PIPE_REFUSED', message: '192.0.2.1 refused' })
  expect([dialled, clock.pending]).toEqual([['192.0.2.1', '192.0.2.2'], 0])
})

test('a name without addresses is an error', async () => {
  const { clock, opened } = openWhereRefused([])
  await expect(opened).rejects.toMatchObject({ code: 'PIPE_RESOLVE', message: 'no address to try' })
  expect(clock.pending).toBe(0)
})
