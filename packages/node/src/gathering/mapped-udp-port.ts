import type { Lease } from '@p2pd/portmap'
import type { MappedUdpPort } from './mapped-side.ts'

/** A lease as a side of a punch needs it; undefined when nobody could reach the port. */
export function mappedUdpPort(lease: Lease, onClose: () => void): MappedUdpPort | undefined {
  const { state } = lease
  if (state.status !== 'mapped' || !state.mapping.publishable) return undefined
  const { ip, port } = state.mapping.external
  if (ip === undefined) return undefined
  let isClosed = false
  return {
    external: { ip, port },
    onLost: (listener) => {
      const stop = lease.onChange(({ status, ...rest }) => {
        const now = status === 'mapped' && 'mapping' in rest ? rest.mapping.external : undefined
        if (now?.ip === ip && now.port === port) return
        stop()
        if (!isClosed) listener()
      })
    },
    close: () => {
      if (isClosed) return
      isClosed = true
      onClose()
      // Bounded, and a mapping that the gateway does not give back ends by itself.
      void lease.close()
    },
  }
}
