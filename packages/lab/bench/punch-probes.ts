/**
 * The budget of probes for a birthday search: the rate of success for each budget, and the probes that are sent.
 * `pnpm bench punch-probes`; arguments when run alone: [RUNS].
 */
import { startStunServer } from '@p2pd/infra'
import { presets, VirtualInternet } from '@p2pd/lab'
import { executeUdpPunch, planPunch, type PunchPlan } from '@p2pd/punch'
import { reportOf } from '../src/punching/nat-report.ts'
import { prepareSide } from '../src/punching/prepare-side.ts'

const BUDGETS = [300, 600, 1000, 1512]
const RUNS = Number(process.argv[2] ?? 200)
const NAMES = ['home', 'symmetric-random'] as const
const link = { delayMs: 10, jitterMs: 5, loss: 0.005 }

/** Probes sent, and whether one of them hit. */
async function run(seed: number, budget: number): Promise<{ probes: number; connected: boolean }> {
  const net = new VirtualInternet({ seed })
  const server = net.host({ name: 'server' })
  return net.run(async () => {
    const { clock } = net
    const { addresses, network, ip } = server
    const stun = await startStunServer({ hosts: addresses, port: 3478, network, clock })
    let sent = 0
    const prepared = await Promise.all(
      NAMES.map(async (name) => {
        const host = net.host({ nat: presets[name], link })
        const ports = { clock, random: host.random, ip: host.ip, network: host.network }
        const nat = reportOf(presets[name], 'udp', host.box?.external ?? [])
        return { ports, ...(await prepareSide({ ...ports, server: { ip, port: stun.port } }, nat, 'udp')) }
      }),
    )
    const token = server.random(16)
    const ends = await Promise.allSettled(
      prepared.map(async ({ ports, side, sockets }, i) => {
        const other = prepared[1 - i]?.side ?? side
        const plan = planPunch(side, other, { protocol: 'udp', controlling: i === 0 }) as PunchPlan
        if (plan.search === undefined) return executeUdpPunch(plan, ports, { token, sockets })
        const [socket] = sockets
        if (socket === undefined) throw new Error('no socket')
        const seenPorts = new Set<number>()
        const counting = {
          local: socket.local,
          send: (data: Uint8Array, to: { ip: string; port: number }) => {
            sent = seenPorts.add(to.port).size
            socket.send(data, to)
          },
          onMessage: socket.onMessage.bind(socket),
          close: () => socket.close(),
        }
        const search = { ...plan.search, probes: budget }
        return executeUdpPunch({ ...plan, search }, ports, { token, sockets: [counting] })
      }),
    )
    for (const end of ends) if (end.status === 'fulfilled') end.value.socket.close()
    for (const side of prepared) side.release()
    await stun.close()
    return { probes: sent, connected: ends.every(({ status }) => status === 'fulfilled') }
  })
}

console.log(
  `${RUNS} birthdays over 64,512 ports for each budget, 1 % loss; 33 bytes of payload each, 100 a second`,
)
for (const budget of BUDGETS) {
  const results = []
  for (let seed = 1; seed <= RUNS; seed++) results.push(await run(seed, budget))
  const share = results.filter(({ connected }) => connected).length / RUNS
  const probes = results.map((one) => one.probes).toSorted((a, b) => a - b)
  const at = (part: number) => probes[Math.min(RUNS - 1, Math.floor(RUNS * part))]
  console.log(
    `at most ${String(budget).padStart(4)}: ${(share * 100).toFixed(1).padStart(5)} % connected; sent p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`,
  )
}
