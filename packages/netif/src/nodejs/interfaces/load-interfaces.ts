import type { Interface } from '../../interfaces/interface.ts'
import { NetifError } from '../../netif-error.ts'
import { readLinux } from './read-linux.ts'
import { readMacos } from './read-macos.ts'
import { readWindows } from './read-windows.ts'

const READERS: Readonly<Partial<Record<NodeJS.Platform, () => Promise<Interface[]>>>> = {
  linux: readLinux,
  android: readLinux,
  darwin: readMacos,
  win32: readWindows,
}

/** The machine's NICs as they are now: on Linux without starting a program. */
export async function loadInterfaces(): Promise<Interface[]> {
  const read = READERS[process.platform]
  if (read === undefined) throw new NetifError('NETIF_SYSTEM', `cannot list the NICs of ${process.platform}`)
  return read()
}
