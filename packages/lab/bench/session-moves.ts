/**
 * How long a session has no path after its NIC has changed, in virtual time: R_s 100 ms, R_d 50 ms. The bound is for the whole
 * time from the change to the next path. The call alone is given beside it. Status 1 above the bound.
 */
import { presets, type VirtualInternet } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { far, pairOf, wait, withNodes } from '../test/connect/testbed.ts'

const ROUNDS = 10
/** Detection and one call, p50. */
const MOST_MS = 400
/** The changes come in every phase of the detection, which takes a fifth of a second at most. */
const PHASE_MS = 40

/** Alice has a second line, which is plugged in when the first one is taken away; both lead to NATs. */
function hosts(net: VirtualInternet, isBobBehindNat: boolean) {
  const home = presets['port-restricted-preserving']
  const { link = {} } = far({ nat: home })
  const alice = net.host({ name: 'alice', behind: [net.box(home, { link }), net.box(home, { link })] })
  alice.setNic('eth1', 'down')
  return [
    alice,
    net.host({ name: 'bob', ...far(isBobBehindNat ? { nat: home } : { nat: { kind: 'open' } }) }),
  ]
}

/** Milliseconds without a path, and from the change to the next one. */
async function changeNic(seed: number, isBobBehindNat: boolean): Promise<readonly [number, number]> {
  let tookMs: readonly [number, number] = [Number.NaN, Number.NaN]
  const options = {
    seed,
    stun: 'IPv4',
    echo: false,
    hosts: (net: VirtualInternet) => hosts(net, isBobBehindNat),
  } as const
  await withNodes(options, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipe = await alice.connect(bob.id)
    await accepted
    const { clock } = testbed.net
    await wait(clock, 2000 + (seed % 5) * PHASE_MS)
    const startedAt = clock.now()
    const resumed = new Promise<number>((resolve) => {
      pipe.onPathChange((event) => event.type === 'resumed' && resolve(event.afterMs))
    })
    testbed.hosts[0]?.setNic('eth0', 'down')
    testbed.hosts[0]?.setNic('eth1', 'up')
    tookMs = [await resumed, clock.now() - startedAt]
  })
  return tookMs
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

for (const isBobBehindNat of [false, true]) {
  const took: (readonly [number, number])[] = []
  for (let seed = 1; seed <= ROUNDS / 2; seed++) took.push(await changeNic(seed, isBobBehindNat))
  const [call, whole] = [median(took.map(([one]) => one)), median(took.map(([, one]) => one))]
  const name = isBobBehindNat ? 'the peer behind a NAT' : 'the peer reachable'
  const verdict = whole < MOST_MS ? 'ok' : 'NOT OK'
  console.log(
    `NIC change, ${name}: p50 ${whole.toFixed(0)} ms, at most ${MOST_MS}, ${verdict} (the call alone: ${call.toFixed(0)} ms)`,
  )
  if (verdict !== 'ok') process.exitCode = 1
}
