import { expect } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import type { PeerPipe } from '@p2pd/node'
import { type Coturn, startCoturn, testWithCoturn } from '@p2pd/turn/testing'
import { nextPipe, Stage } from '../../testdata/nodes.ts'

const COTURNS = 3
const RECEIVE_MS = 20_000

async function textFrom(pipe: PeerPipe): Promise<string> {
  return new TextDecoder().decode((await pipe.recv({ timeoutMs: RECEIVE_MS })).data)
}

/** Two nodes that know several coturns by URL. */
async function startAll(stage: Stage) {
  const coturns: Coturn[] = []
  for (let count = 0; count < COTURNS; count++) coturns.push(await startCoturn())
  for (const coturn of coturns) stage.endWith(() => coturn.stop())
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  stage.endWith(() => infra.close())
  const turn = coturns.map(({ port }) => ({
    uri: `turn:127.0.0.1:${port}?transport=tcp`,
    username: 'u',
    credential: 'p',
  }))
  const servers = { ...infra.servers, turn }
  const nodes = [await stage.node([], { servers }), await stage.node([], { servers })] as const
  await Promise.all(nodes.map((node) => node.ready()))
  return { coturns, nodes }
}

/** The coturn that carries a pipe: nodes allocate on all, and bind a connection on one. RFC 6062 §5.4. */
function carrierOf(coturns: readonly Coturn[]): Coturn | undefined {
  const carriers = coturns.filter((coturn) => /CONNECTION_BIND processed, success/.test(coturn.log()))
  expect(carriers.length).toBe(1)
  return carriers[0]
}

testWithCoturn(
  'A9: of several coturns the one in use dies: the pipe goes on by another and loses nothing',
  () =>
    Stage.run(async (stage) => {
      const { coturns, nodes } = await startAll(stage)
      const [alice, bob] = nodes
      const accepted = nextPipe(bob)
      const near = await alice.connect(bob.id, { relay: 'only' })
      const far = await accepted
      await near.send('before')
      expect(await textFrom(far)).toBe('before')
      await carrierOf(coturns)?.stop()
      await near.send('after')
      expect(await textFrom(far)).toBe('after')
      await far.send('back')
      expect(await textFrom(near)).toBe('back')
      expect(near.connection.strategy).toBe('relay')
    }),
)

testWithCoturn('A9: of several coturns the first is dead before the call: another one carries it', () =>
  Stage.run(async (stage) => {
    const { coturns, nodes } = await startAll(stage)
    await coturns[0]?.stop()
    const [alice, bob] = nodes
    const accepted = nextPipe(bob)
    const near = await alice.connect(bob.id, { relay: 'only' })
    await near.send('hello')
    expect(await textFrom(await accepted)).toBe('hello')
  }),
)
