import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DaemonContext } from '../daemon-context.ts'
import type { HeldPipe } from '../pipes/held-pipe.ts'

/** Direct paths take a round trip or two; a call is given up after 30 s. */
const CONNECT_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]

/** The metrics of a daemon, in the names of Prometheus; no label names a peer. */
export function daemonMetrics({ node, pipes, version }: DaemonContext): Registry {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({ name: 'p2pd_build_info', help: 'The version.', labelNames: ['version'], registers }).set(
    { version },
    1,
  )
  new Counter({
    name: 'p2pd_connect_attempts_total',
    help: 'Attempts of calls, by strategy and outcome.',
    labelNames: ['strategy', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { name, labels, value } of node.counters())
        if (name === 'attempts') this.inc({ ...labels }, value)
    },
  })
  const duration = new Histogram({
    name: 'p2pd_connect_duration_seconds',
    help: 'From a call to its authenticated pipe.',
    buckets: CONNECT_SECONDS,
    registers,
  })
  node.onEvent((event) => {
    const won = event.type === 'report' ? event.report.find(({ outcome }) => outcome === 'won') : undefined
    if (won !== undefined) duration.observe(won.endMs / 1000)
  })
  new Gauge({
    name: 'p2pd_pipes',
    help: 'Open pipes, by path.',
    labelNames: ['path'],
    registers,
    collect() {
      this.reset()
      for (const { pipe } of pipes.list()) this.inc({ path: pipe.connection.strategy })
    },
  })
  new Gauge({
    name: 'p2pd_brokers_up',
    help: 'Brokers that the node can be called through.',
    registers,
    collect() {
      this.set(node.brokers().filter(({ state }) => state === 'up').length)
    },
  })
  addBytes(registry, pipes)
  return registry
}

function addBytes(registry: Registry, pipes: DaemonContext['pipes']): void {
  const counter = new Counter({
    name: 'p2pd_pipe_bytes_total',
    help: 'Bytes of pipes, by direction and path.',
    labelNames: ['direction', 'path'],
    registers: [registry],
    collect: () => {
      for (const held of pipes.list()) count(held)
    },
  })
  const counted = new WeakMap<HeldPipe, { sent: number; received: number }>()
  const count = (held: HeldPipe) => {
    const before = counted.get(held) ?? { sent: 0, received: 0 }
    const { traffic } = held
    const path = held.pipe.connection.strategy
    for (const direction of ['sent', 'received'] as const) {
      counter.inc({ direction, path }, traffic[direction] - before[direction])
    }
    counted.set(held, traffic)
  }
  pipes.onChange((change, held) => {
    if (change === 'closed') count(held)
  })
}
