import { expect, test } from '@jest/globals'
import { listen, openPipe } from '@p2pd/pipe/node'

const CYCLES = 500
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

/** Handles and timers that keep the process alive, once closed ones are gone. */
async function resources(): Promise<string[]> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  return process.getActiveResourcesInfo().sort()
}

test.each(['tcp', 'udp'] as const)(
  '500 open-close cycles leave handles and timers as they were: %s',
  async (transport) => {
    const before = await resources()
    const server = await listen({ transport, local: LOOPBACK })
    server.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))
    for (let i = 0; i < CYCLES; i++) {
      const pipe = await openPipe({ transport, dest: server.local })
      const subscription = pipe.subscribe({ match: /x/ })
      await pipe.send('x')
      await subscription.recv({ timeoutMs: 5000 })
      await pipe.close()
    }
    await server.close()
    expect(await resources()).toEqual(before)
  },
)
