import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Addresses of the two providers' routers, and the one host that both of them carry. */
export const FAR = { IPv4: '203.0.113.1', IPv6: '2001:db8:f::1' } as const
export const PORT = 4000

/** A machine with two NICs, `nic1` (the default) and `nic2`, each to a provider of its own. */
export interface TwoNics {
  readonly machine: string
  readonly provider1: string
  readonly provider2: string
  /** A rule as an administrator sets it: what comes from nic2's addresses leaves through nic2. */
  addSourceRules(): void
  run(command: string): void
  close(): void
}

/** Why the machine cannot be made here, or undefined when it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux'
  if (process.getuid?.() !== 0) return 'it needs root'
  const name = `p2pd-probe-${process.pid}`
  try {
    ip(`netns add ${name}`)
    ip(`netns del ${name}`)
    return undefined
  } catch (error) {
    return `\`ip netns\` does not work: ${(error as Error).message.split('\n')[0]}`
  }
}

/** Makes three network namespaces: the machine and its two providers. */
export function createTwoNics(): TwoNics {
  const machine = `p2pd-machine-${process.pid}`
  const provider1 = `p2pd-provider1-${process.pid}`
  const provider2 = `p2pd-provider2-${process.pid}`
  const close = () => [machine, provider1, provider2].forEach(remove)
  try {
    for (const name of [machine, provider1, provider2]) {
      ip(`netns add ${name}`)
      ip(`-n ${name} link set lo up`)
    }
    connect(machine, provider1, 1)
    connect(machine, provider2, 2)
  } catch (error) {
    close()
    throw error
  }
  return {
    machine,
    provider1,
    provider2,
    addSourceRules: () => addSourceRules(machine),
    run: (command) => ip(`-n ${machine} ${command}`),
    close,
  }
}

function remove(namespace: string): void {
  if (existsSync(`/run/netns/${namespace}`)) ip(`netns del ${namespace}`)
}

function connect(machine: string, provider: string, n: number): void {
  ip(`link add nic${n} netns ${machine} type veth peer name uplink netns ${provider}`)
  ip(`-n ${provider} addr add ${FAR.IPv4}/32 dev lo`)
  ip(`-n ${provider} addr add ${FAR.IPv6}/128 dev lo nodad`)
  ip(`-n ${provider} addr add 10.0.${n}.1/24 dev uplink`)
  ip(`-n ${provider} addr add 2001:db8:${n}::1/64 dev uplink nodad`)
  ip(`-n ${machine} addr add 10.0.${n}.2/24 dev nic${n}`)
  ip(`-n ${machine} addr add 10.0.${n}.3/24 dev nic${n} label nic${n}:second`)
  ip(`-n ${machine} addr add 2001:db8:${n}::2/64 dev nic${n} nodad`)
  // A fixed link-local address without duplicate detection, which would take a second.
  for (const [namespace, dev, host] of [[provider, 'uplink', 1], [machine, `nic${n}`, 2]] as const) {
    ip(`-n ${namespace} link set ${dev} addrgenmode none`)
    ip(`-n ${namespace} link set ${dev} up`)
    ip(`-n ${namespace} addr add fe80::${n}:${host}/64 dev ${dev} nodad`)
  }
  // nic1 has the lower metric: it is the default.
  ip(`-n ${machine} route add default via 10.0.${n}.1 metric ${n}00`)
  ip(`-n ${machine} -6 route add default via 2001:db8:${n}::1 metric ${n}00`)
  // The provider answers wherever a question came from.
  ip(`-n ${provider} route add default via 10.0.${n}.2`)
  ip(`-n ${provider} -6 route add default via 2001:db8:${n}::2`)
}

function addSourceRules(machine: string): void {
  ip(`-n ${machine} route add default via 10.0.2.1 table 2`)
  ip(`-n ${machine} rule add from 10.0.2.2 table 2`)
  ip(`-n ${machine} -6 route add default via 2001:db8:2::1 table 2`)
  ip(`-n ${machine} -6 rule add from 2001:db8:2::2 table 2`)
}

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })
}
