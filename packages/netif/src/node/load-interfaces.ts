import type { Interface } from '../interface.ts'
import { NetifError } from '../netif-error.ts'
import { readLinux } from './read-linux.ts'

/** The machine's NICs as they are now: on Linux without starting a program. */
export function loadInterfaces(): Promise<Interface[]> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return readLinux()
    default:
      throw new NetifError('NETIF_SYSTEM', `cannot list the NICs of ${process.platform}`)
  }
}
