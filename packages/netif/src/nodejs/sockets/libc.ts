import { constants } from 'node:os'
import { translateOsError } from './os-error.ts'

/** The few calls of the C library that Node does not offer. A number below zero is a failure. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  close(fd: number): number
  errno(): number
}

let loading: Promise<Libc | undefined> | undefined

/** Linux' C library, where the optional package koffi is installed. */
export function loadLibc(): Promise<Libc | undefined> {
  loading ??= process.platform === 'linux' ? load() : Promise.resolve(undefined)
  return loading
}

/** Node is linked with the library already, whether glibc or musl: no name is needed. */
async function load(): Promise<Libc | undefined> {
  try {
    const { default: koffi } = await import('koffi')
    const own = koffi.load(null)
    return {
      socket: own.func('int socket(int, int, int)') as Libc['socket'],
      setsockopt: own.func('int setsockopt(int, int, int, const void *, uint32_t)') as Libc['setsockopt'],
      bind: own.func('int bind(int, const void *, uint32_t)') as Libc['bind'],
      close: own.func('int close(int)') as Libc['close'],
      errno: () => koffi.errno(),
    }
  } catch {
    return undefined // not installed, or not for this processor: sockets are bound to addresses alone
  }
}

/** The result of a call, or the error that it left in `errno`. */
export function checked(libc: Libc, result: number, doing: string): number {
  if (result >= 0) return result
  const errno = libc.errno()
  const code = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0]
  throw translateOsError({ code: code ?? `errno ${errno}` }, doing)
}
