import { spawnSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { LabError } from '../../lab-error.ts'
import { programEnvironment } from '../kernel-support.ts'

/** Makes sure that 127.0.0.1 works: in a fresh network namespace (`unshare -rn`) it is down. */
export function ensureLoopback(): void {
  const addresses = Object.values(networkInterfaces()).flatMap((nic) => nic ?? [])
  if (addresses.some(({ address }) => address === '127.0.0.1')) return
  const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', 'up'], {
    env: programEnvironment(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new LabError('LAB_UNSUPPORTED', `the loopback device is down: ${stderr.trim()}`)
}
