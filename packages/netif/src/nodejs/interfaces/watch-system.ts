import {
  type InterfaceWatcher,
  type WatchOptions,
  watchInterfaces,
} from '../../interfaces/watch-interfaces.ts'
import { loadInterfaces } from './load-interfaces.ts'
import { listAddresses } from '../sockets/node-addresses.ts'
import { systemClock } from '../system-clock.ts'

/**
 * The cost of a reading decides how often one is made: 2 ms of `/proc`, four small programs on a Mac, a PowerShell on
 * Windows. Between them Node's own list, which starts nothing, shows within a second that an address changed.
 */
const PERIODS_MS: Readonly<Partial<Record<NodeJS.Platform, number>>> = {
  linux: 2000,
  darwin: 10_000,
  win32: 60_000,
  freebsd: 10_000,
  openbsd: 10_000,
  netbsd: 10_000,
}

/** Tells what changes on this machine's NICs. */
export function watchSystemInterfaces(
  onChange: WatchOptions['onChange'],
  onError?: (error: unknown) => void,
): Promise<InterfaceWatcher> {
  const periodMs = PERIODS_MS[process.platform]
  return watchInterfaces({
    list: loadInterfaces,
    clock: systemClock,
    onChange,
    ...(onError !== undefined && { onError }),
    ...(periodMs !== undefined && { periodMs }),
    hint: () => JSON.stringify(listAddresses()),
  })
}
