import type { TransportAddress } from '@p2pd/netif'
import { InfraError, listenError } from './infra-error.ts'

/** Something that listens on an address. */
export interface Bound {
  readonly local: TransportAddress
  close(): Promise<void>
}

/** A port that the system chose for one host may be taken on the next, but not this often in a row. */
const MAX_TRIES = 20

/** Binds one port on every host; port 0 gives a port that is free on all of them. On failure nothing stays bound. */
export async function bindPort<B extends Bound>(
  hosts: readonly string[],
  port: number,
  bind: (local: TransportAddress) => Promise<B>,
): Promise<B[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await bindEach(hosts, port, bind)
    } catch (error) {
      const taken = error instanceof InfraError && error.code === 'INFRA_ADDRESS_IN_USE'
      if (port !== 0 || !taken || tries === MAX_TRIES) throw error
    }
  }
}

async function bindEach<B extends Bound>(
  hosts: readonly string[],
  port: number,
  bind: (local: TransportAddress) => Promise<B>,
): Promise<B[]> {
  const bound: B[] = []
  try {
    for (const ip of hosts) bound.push(await bind({ ip, port: bound[0]?.local.port ?? port }))
    return bound
  } catch (error) {
    await Promise.all(bound.map((one) => one.close()))
    throw error
  }
}

/** Adds the name of the server and the address to the error of an attempt to listen. */
export async function named<T>(server: string, address: TransportAddress, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt
  } catch (error) {
    throw listenError(server, address, error)
  }
}
