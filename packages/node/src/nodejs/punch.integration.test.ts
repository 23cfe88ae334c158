import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { createHash, randomBytes } from 'node:crypto'
import type { Node } from '../node.ts'
import type { PeerPipe } from '../pipes/peer-pipe.ts'
import { nextPipe, Stage } from '../testdata/nodes.ts'

/** Two nodes that know a broker and a STUN server, all on loopback. */
async function pair(stage: Stage): Promise<[Node, Node]> {
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  stage.endWith(() => infra.close())
  const options = { servers: infra.servers }
  const nodes = [await stage.node([], options), await stage.node([], options)] as [Node, Node]
  await Promise.all(nodes.map((node) => node.ready()))
  return nodes
}

async function ends([caller, callee]: [Node, Node], strategy: 'tcp-punch' | 'udp-punch') {
  const accepted = nextPipe(callee)
  const near = await caller.connect(callee.id, { strategies: [strategy] })
  return [near, await accepted] as [PeerPipe, PeerPipe]
}

test.each([['tcp-punch'], ['udp-punch']] as const)(
  'C13: %s on loopback: an encrypted pipe that carries 8 MB unchanged each way',
  (strategy) =>
    Stage.run(async (stage) => {
      const [near, far] = await ends(await pair(stage), strategy)
      const transport = strategy === 'udp-punch' ? 'udp' : 'tcp'
      expect(near.connection).toMatchObject({ strategy, transport, encrypted: true })
      expect(far.connection).toMatchObject({ strategy, transport, encrypted: true })
      const sent = randomBytes(8 * 1024 * 1024)
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        const sending = from.send(sent)
        const hash = createHash('sha256')
        for (let left = sent.length; left > 0; ) {
          const { data } = await to.recv({ timeoutMs: 10_000 })
          hash.update(data)
          left -= data.length
        }
        await sending
        expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
      }
    }),
)

test.each([['tcp-punch'], ['udp-punch']] as const)('G6: %s: datagrams go beside the pipe', (strategy) =>
  Stage.run(async (stage) => {
    const [near, far] = await ends(await pair(stage), strategy)
    const heard = new Promise<Uint8Array>((resolve) => far.datagrams.onMessage(resolve))
    near.datagrams.send(new TextEncoder().encode('hello'))
    expect(new TextDecoder().decode(await heard)).toBe('hello')
    const tooLong = new Uint8Array(near.datagrams.maxBytes + 1)
    expect(() => near.datagrams.send(tooLong)).toThrow(/at most 1173 bytes/)
  }),
)

test(
  'A8: three punches at once, several times: no socket, timer or process is left',
  () =>
    Stage.run(async (stage) => {
      const nodes = await pair(stage)
      const open = () =>
        process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
      const round = async () => {
        const pipes = await Promise.all(
          (['tcp-punch', 'udp-punch', 'tcp-punch'] as const).map((strategy) =>
            nodes[0].connect(nodes[1].id, { strategies: [strategy] }),
          ),
        )
        await Promise.all(pipes.map((pipe) => pipe.close()))
      }
      nodes[1].onPipe(() => {})
      const before = open().length
      for (let i = 0; i < 10; i++) await round()
      // Closing is done on both sides when UDP streams have waited out late packets.
      for (let i = 0; i < 100 && open().length > before; i++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      expect(open().length).toBeLessThanOrEqual(before)
    }),
  60_000,
)
