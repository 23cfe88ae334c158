import { UdxError } from '../udx-error.ts'
import type { Udx } from '../udx.ts'
import { importNative } from './udx-native.ts'
import { UdxNetwork } from './udx-network.ts'

/** A failed import is not tried again, because Node.js caches the failure. */
let loaded: Promise<Udx> | undefined

/** Loads `udx-native`. Rejects with `UDX_MISSING` when it is not installed, or not built for this platform. */
export function loadUdx(): Promise<Udx> {
  loaded ??= createUdx(importNative)
  return loaded
}

/** Does the work of `loadUdx`; tests pass their own `loadNative`. */
export async function createUdx(loadNative: typeof importNative): Promise<Udx> {
  try {
    const Native = await loadNative()
    return new UdxNetwork(new Native())
  } catch (cause) {
    throw new UdxError('UDX_MISSING', missing(cause), { cause })
  }
}

function missing(cause: unknown): string {
  const { code, message } = cause as Partial<NodeJS.ErrnoException>
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return 'udx-native is not installed: npm install udx-native'
  }
  return `udx-native cannot be loaded on ${process.platform} ${process.arch}: ${message ?? String(cause)}`
}
