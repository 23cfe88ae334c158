import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { nextPipe, Stage } from '../../testdata/nodes.ts'

test('A9: a pipe through a relay carries 4 MB unchanged; the report says why it was relayed', () =>
  Stage.run(async (stage) => {
    const turn = { users: { u: 'p' }, allowPrivatePeers: true }
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
    stage.endWith(() => infra.close())
    const options = { servers: infra.servers }
    const [alice, bob] = [await stage.node([], options), await stage.node([], options)]
    await Promise.all([alice.ready(), bob.ready()])
    const accepted = nextPipe(bob)
    const near = await alice.connect(bob.id, { strategies: ['relay'] })
    const far = await accepted
    expect(near.connection).toMatchObject({ strategy: 'relay', transport: 'tcp', encrypted: true })
    expect(far.connection).toMatchObject({ strategy: 'relay', transport: 'tcp', encrypted: true })
    expect(near.connection.report).toContainEqual(
      expect.objectContaining({ outcome: 'won', reason: 'relayed, because only a relay was asked for' }),
    )
    const sent = randomBytes(4 * 1024 * 1024)
    const sending = near.send(sent)
    const hash = createHash('sha256')
    for (let left = sent.length; left > 0; ) {
      const { data } = await far.recv({ timeoutMs: 10_000 })
      hash.update(data)
      left -= data.length
    }
    await sending
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
  }))

test('a relay that refuses the credentials is named in the failure, without them', () =>
  Stage.run(async (stage) => {
    const turn = { users: { u: 'p' }, allowPrivatePeers: true }
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
    stage.endWith(() => infra.close())
    const wrong = infra.servers.turn.map((one) => ({ ...one, credential: 'geheim' }))
    const options = { servers: { ...infra.servers, turn: wrong } }
    const [alice, bob] = [await stage.node([], options), await stage.node([], options)]
    await Promise.all([alice.ready(), bob.ready()])
    const failure = (await alice
      .connect(bob.id, { strategies: ['relay'] })
      .catch((error: unknown) => error)) as Error
    expect(failure.message).toContain('401')
    expect(failure.message).not.toContain('geheim')
  }))
