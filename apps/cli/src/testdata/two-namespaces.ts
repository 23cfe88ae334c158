import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Two hosts with one cable between them: network namespaces, each with the NIC `up0`. */
export interface TwoNamespaces {
  readonly near: string
  readonly far: string
  /** Runs `ip` with these arguments on one of them. */
  ip(namespace: string, args: string): void
  close(): void
}

/** Why namespaces can't be made here, or undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux'
  return process.getuid?.() === 0 ? undefined : 'it needs root'
}

let made = 0

/** Makes the two hosts; their NICs are up, and have the addresses given. */
export function createTwoNamespaces(near: readonly string[], far: readonly string[]): TwoNamespaces {
  const names = ['near', 'far'].map((name) => `p2pd-${name}-${process.pid}-${made}`)
  made++
  const [one = '', other = ''] = names
  const close = () => {
    process.off('exit', close)
    for (const name of names) if (existsSync(`/run/netns/${name}`)) run(`netns del ${name}`)
  }
  process.once('exit', close) // Also when the test was given up.
  const ip = (namespace: string, args: string) => run(`-n ${namespace} ${args}`)
  try {
    for (const name of names) {
      run(`netns add ${name}`)
      ip(name, 'link set lo up')
    }
    run(`link add up0 netns ${one} type veth peer name up0 netns ${other}`)
    for (const [name, addresses] of [[one, near], [other, far]] as const) {
      ip(name, 'link set up0 addrgenmode none')
      ip(name, 'link set up0 up')
      for (const address of addresses) {
        ip(name, `addr add ${address} dev up0${address.includes(':') ? ' nodad' : ''}`)
      }
    }
  } catch (error) {
    close()
    throw error
  }
  return { near: one, far: other, ip, close }
}

function run(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })
}
