import { spawnSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { LabError } from '../../lab-error.ts'
import { programEnvironment } from '../kernel-support.ts'

/** Brings the loopback device up, which is down in a new network namespace. Throws `LAB_UNSUPPORTED` if it cannot. */
export function ensureLoopback(): void {
  const addresses = Object.values(networkInterfaces()).flatMap((nic) => nic ?? [])
  if (addresses.some(({ address }) => address === '127.0.0.1')) return
  const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', 'up'], {
    env: programEnvironment(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new LabError('LAB_UNSUPPORTED', `the loopback device is down: ${stderr.trim()}`)
}
