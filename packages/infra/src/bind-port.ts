import type { TransportAddress } from '@p2pd/netif'
import { InfraError, listenError } from './infra-error.ts'

/** Something that listens on an address. */
export interface Bound {
  readonly local: TransportAddress
  close(): Promise<void>
}

/** A port the system chose for one host may be taken on the next; so often in a row it is not bad luck. */
const MAX_TRIES = 20

/** Binds one port on every host; port 0 gives one that all of them had free. On failure nothing stays bound. */
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

/** Lets an attempt to listen fail with the name of the server and the address. */
export async function named<T>(server: string, address: TransportAddress, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt
  } catch (error) {
    throw listenError(server, address, error)
  }
}
