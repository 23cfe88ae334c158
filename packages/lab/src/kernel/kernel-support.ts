import { systemReason } from '@p2pd/netif'
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The way to make namespaces: as root, or as root of a new user namespace. */
export type KernelMode = 'root' | 'user-namespace'

/** Whether a kernel Internet can be made here, and why not. */
export type KernelSupport =
  | { readonly ok: true; readonly mode: KernelMode }
  | { readonly ok: false; readonly reason: string }

/** The programs that are needed, by their Debian package. */
const PROGRAMS = {
  bash: 'bash',
  ip: 'iproute2',
  mount: 'mount',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  socat: 'socat',
  unshare: 'util-linux',
} as const

/** Debian's folders of `ip` and `nft`; the PATH of ordinary users may lack them. */
const SYSTEM_PATHS = ['/usr/sbin', '/sbin']

/** Tries the needs of every lab host in a short-lived namespace. */
const TRIAL = ['unshare', '--net', '--mount', 'ip', 'tuntap', 'add', 'dev', 'eth0', 'mode', 'tun']

/** The environment of the lab's own programs. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const path = [process.env.PATH, ...SYSTEM_PATHS].filter((part) => part !== undefined)
  return { ...process.env, PATH: path.join(delimiter), LC_ALL: 'C' }
}

/** Whether a kernel Internet can be made here: it needs Linux, TUN, the programs, and the right to make namespaces. */
export function kernelInternetSupport(): KernelSupport {
  if (process.platform !== 'linux') return refuse(`needs Linux, this is ${process.platform}`)
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isInstalled(program))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))]
    return refuse(
      `${missing.map(([program]) => program).join(', ')} not found: apt-get install ${packages.join(' ')}`,
    )
  }
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch (error) {
    return refuse(`no access to /dev/net/tun: ${systemReason(error)}`)
  }
  const asRoot = trial(TRIAL)
  if (asRoot === undefined) return { ok: true, mode: 'root' }
  const asUser = trial(['unshare', '--user', '--map-root-user', ...TRIAL])
  if (asUser === undefined) return { ok: true, mode: 'user-namespace' }
  return refuse(
    `no right to network namespaces, as ${userName()} (${asRoot}) or in a user namespace (${asUser})`,
  )
}

function refuse(reason: string): KernelSupport {
  return { ok: false, reason }
}

function isInstalled(program: string): boolean {
  const paths = programEnvironment().PATH?.split(delimiter) ?? []
  return paths.some((path) => {
    try {
      accessSync(join(path, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The error output of a failed command, or undefined. */
function trial([command, ...args]: string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command as string, args, {
    env: programEnvironment(),
    encoding: 'utf8',
  })
  if (status === 0) return undefined
  return error?.message ?? (stderr.trim() || `status ${status}`)
}

function userName(): string {
  return process.getuid?.() === 0 ? 'root' : `user ${process.getuid?.()}`
}
