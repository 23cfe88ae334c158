import { equalBytes, formatTransportAddress, type TcpConnection } from '@p2pd/netif'
import { planPunch } from '@p2pd/punch'
import type { Relay } from '../gathering/relay-pool.ts'
import { readOpening } from '../handshake/preamble.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import type { Attempt } from '../race/race.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { CallContext } from './context.ts'
import type { PeerKnowledge } from './peer-knowledge.ts'

/** A relay is paid for by the byte: other strategies have this time to find a path. */
const DELAY_MS = 1_000
/** From the peer's second answer to its connection: three dials, 300 ms apart. */
const ARRIVAL_TIMEOUT_MS = 5_000
/** TLS on a slow path with a detour. */
const HANDSHAKE_TIMEOUT_MS = 5_000
/** Connections from the peer's relay address that are authenticated: those of its three tries, and some of strangers. */
const MAX_ARRIVALS = 8
/** Hosts that may dial in: a peer behind a pool of addresses has several. */
const MAX_PERMITTED = 16

/** The caller's half of `relay`: waits until one is needed, allocates, permits the peer, and offers the relayed address. */
export class CallerRelay {
  readonly #context: CallContext
  readonly #peer: PeerKnowledge
  readonly #over = new AbortController()
  #cause: string | undefined
  #relay: Relay | undefined
  #release: (() => void) | undefined
  #cancelArrival = () => {}
  #hasBegun = false
  #arrived = 0

  constructor(context: CallContext, peer: PeerKnowledge) {
    this.#context = context
    this.#peer = peer
  }

  /** Begins; returns the function that ends it. A connection that won stays, and so does its allocation. */
  start(): () => void {
    const { node, startedAt, strategies } = this.#context
    if (strategies.every((name) => name === 'relay')) this.#cause = 'only a relay was asked for'
    const cancel = node.runtime.clock.at(startedAt + DELAY_MS, () => {
      this.#need(`no other path was found within ${DELAY_MS / 1000} s`)
    })
    const stopWatching = this.#peer.onChange(() => this.#update())
    return () => {
      cancel()
      this.#cancelArrival()
      stopWatching()
      this.#over.abort(new NodeError('NODE_ABORTED', 'the call is over'))
      this.#release?.()
      void this.#relay?.close()
    }
  }

  #need(cause: string): void {
    this.#cause ??= cause
    this.#update()
  }

  /** The peer's addresses must be known, as the server lets nobody else in. */
  #update(): void {
    if (this.#hasBegun || !this.#peer.isAnswered) return
    this.#release ??= this.#context.race.hold()
    if (this.#cause === undefined && this.#cannotMeet) this.#cause = 'the two NATs cannot meet'
    if (this.#cause === undefined) return
    this.#hasBegun = true
    void this.#begin()
  }

  /** Whether both peers have sides to punch from, and no pair of them can be punched. */
  get #cannotMeet(): boolean {
    const pairs = this.#peer.checklists.flatMap((list) => (list.isAnswered ? list.pairs : []))
    return (
      pairs.length > 0 &&
      pairs.every(({ local, remote }) => {
        const { protocol } = local
        const plan = planPunch(local.side, remote, { protocol, controlling: true, failedAttempts: 0 })
        return plan.technique === 'impossible'
      })
    )
  }

  async #begin(): Promise<void> {
    const { node, race, offerer } = this.#context
    const { clock } = node.runtime
    try {
      const relay = await node.relays?.open(this.#over.signal)
      if (relay === undefined || this.#over.signal.aborted) return void relay?.release()
      this.#relay = relay
      relay.onConnection((connection) => this.#arrive(connection))
      await Promise.all(this.#addresses(relay).map((ip) => relay.permit(ip)))
      const { ip, port } = relay.local
      await offerer?.offerAgain('relay', [{ kind: 'relayed', transport: 'tcp', ip, port }])
      this.#cancelArrival = clock.at(clock.now() + ARRIVAL_TIMEOUT_MS, () => {
        if (this.#arrived === 0 && !this.#over.signal.aborted) {
          race.skip('relay', 'the peer answered, but did not connect to the relay')
        }
        this.#release?.()
      })
    } catch (error) {
      if (!this.#over.signal.aborted) race.skip('relay', (error as Error).message)
      this.#release?.()
    }
  }

  /** The addresses that the peer may come from. One that relays at the same server comes from the relay's own. */
  #addresses(relay: Relay): string[] {
    const { candidates, checklists } = this.#peer
    const sides = checklists.flatMap(({ pairs }) =>
      pairs.flatMap(({ remote }) => remote.nat.externalAddresses),
    )
    const isIpv6 = relay.local.ip.includes(':')
    const ips = [relay.local.ip, ...sides, ...candidates.map(({ ip }) => ip)]
    return [...new Set(ips)].filter((ip) => ip.includes(':') === isIpv6).slice(0, MAX_PERMITTED)
  }

  #arrive(connection: TcpConnection): void {
    if (++this.#arrived > MAX_ARRIVALS) return void connection.stream.destroy()
    this.#context.race.add(this.#attempt(connection))
  }

  #attempt({ stream, local, remote }: TcpConnection): Attempt<Path> {
    const { node, peer, connectionId } = this.#context
    const { clock, secure } = node.runtime
    const deadline = { clock, timeoutMs: HANDSHAKE_TIMEOUT_MS, what: 'authenticating through the relay' }
    return {
      strategy: 'relay',
      local: formatTransportAddress(local),
      remote: formatTransportAddress(remote),
      cause: `relayed, because ${this.#cause}`,
      abandon: () => void stream.destroy(),
      run: (outer) =>
        withDeadline({ ...deadline, signal: outer }, async (signal) => {
          try {
            const opening = await readOpening(stream, signal)
            if (opening.type !== 'dialled-back' || !equalBytes(opening.connectionId, connectionId)) {
              throw new NodeError('NODE_BAD_MESSAGE', 'a connection of somebody else came to the relay')
            }
            const secured = await secure(stream, { role: 'client', peer, signal })
            return { ...secured, strategy: 'relay', local, remote }
          } catch (error) {
            stream.destroy()
            throw error
          }
        }),
    }
  }
}
