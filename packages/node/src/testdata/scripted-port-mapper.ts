import type { Interface } from '@p2pd/netif'
import type { Doubt, LeaseState, PortRequest } from '@p2pd/portmap'
import type { NodePortMapper } from '../runtime/runtime.ts'

/** A lease whose state the test says. */
export class ScriptedLease {
  state: LeaseState = { status: 'asking' }
  stunIp: string | undefined
  readonly request: PortRequest
  readonly #listeners = new Set<(state: LeaseState) => void>()

  constructor(request: PortRequest) {
    this.request = request
    request.signal?.addEventListener('abort', () => this.show({ status: 'closed' }))
  }

  onChange(listener: (state: LeaseState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  show(state: LeaseState): void {
    this.state = state
    for (const listener of this.#listeners) listener(state)
  }

  /** A gateway has granted this external end. */
  grant(ip: string, port: number): void {
    const doubts: Doubt[] = this.stunIp === undefined || this.stunIp === ip ? [] : ['differs-from-stun']
    const mapping = {
      protocol: 'pcp',
      transport: 'tcp',
      gateway: '192.168.1.1',
      internal: { ip: this.request.address ?? '', port: this.request.port },
      external: { ip, port },
      lifetimeSeconds: 3600,
      doubts,
      doubleNat: doubts.length > 0,
      publishable: doubts.length === 0,
    } as const
    this.show({ status: 'mapped', mapping, conflicts: [] })
  }

  compareWithStun(stunIp: string | undefined): void {
    this.stunIp = stunIp
    const { state } = this
    if (state.status !== 'mapped') return
    this.grant(state.mapping.external.ip ?? '', state.mapping.external.port)
  }

  close(): Promise<void> {
    this.show({ status: 'closed' })
    return Promise.resolve()
  }
}

/** A port mapper that remembers what it was asked. */
export class ScriptedPortMapper implements NodePortMapper {
  readonly leases: ScriptedLease[] = []
  readonly calls: string[] = []
  /** Called for each new lease, to answer it at once. @default nothing */
  onLease: (lease: ScriptedLease) => void = () => {}

  mapPort(request: PortRequest): Promise<ScriptedLease> {
    this.calls.push(`map ${request.address}:${request.port}/${request.protocol} on ${request.interface.name}`)
    const lease = new ScriptedLease(request)
    this.leases.push(lease)
    this.onLease(lease)
    return Promise.resolve(lease)
  }

  networkChanged(nics: readonly Interface[]): void {
    this.calls.push(`network ${nics.map(({ name }) => name).join(' ')}`)
  }

  refresh(): void {
    this.calls.push('refresh')
  }

  releaseLeftovers(): Promise<number> {
    this.calls.push('leftovers')
    return Promise.resolve(0)
  }

  close(): Promise<void> {
    this.calls.push('close')
    return Promise.resolve()
  }
}
