import type { Interface } from '../../interfaces/interface.ts'
import { isExhaustion } from '../sockets/os-error.ts'
import { readBsd } from './read-bsd.ts'
import { readLinux } from './read-linux.ts'
import { readListed } from './read-listed.ts'
import { readMacos } from './read-macos.ts'
import { readWindows } from './read-windows.ts'

const READERS: Readonly<Partial<Record<NodeJS.Platform, () => Promise<Interface[]>>>> = {
  linux: readLinux,
  android: readLinux,
  darwin: readMacos,
  win32: readWindows,
  freebsd: readBsd,
  openbsd: readBsd,
  netbsd: readBsd,
}

/**
 * The machine's NICs as they are now: on Linux without starting a program. A system that refuses, or that has no reader, is
 * asked for its addresses and the source that it picks for the Internet. Rejects with a `NetifError` when the process has
 * no descriptors left, or when the system refuses its addresses as well (`NETIF_SYSTEM`).
 */
export async function loadInterfaces(): Promise<Interface[]> {
  const read = READERS[process.platform] ?? readListed
  try {
    return await read()
  } catch (error) {
    if (isExhaustion(error)) throw error
    return readListed()
  }
}
