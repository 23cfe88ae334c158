import { canonicalIp, type TransportAddress } from '@p2pd/netif'
import { AttributeType, ErrorCode, Method } from '@p2pd/stun'
import type { TurnError } from '../turn-error.ts'
import { encodeChannelData } from '../wire/channel-data.ts'
import { encodeChannelNumber } from '../wire/turn-attributes.ts'
import type { AllocationOutput } from './allocation-output.ts'
import { encodeSendIndication, peerAddress } from './indications.ts'
import { type Channel, PeerTable, type Permission } from './peer-table.ts'
import type { Requests } from './requests.ts'

/** The parts of an allocation that its peers use. */
export interface PeersContext {
  readonly requests: Requests
  /** Whether ChannelData is padded: on a stream. RFC 8656 §12.5. */
  readonly padded: boolean
  readonly transactionId: () => Uint8Array
  emit(output: AllocationOutput): void
  /** An answer shows that the server may have forgotten the allocation. */
  doubt(now: number): void
}

/** Errors that mean no such allocation, besides other things: coturn answers 400, others 437. RFC 8656 §19. */
const DOUBTFUL: readonly (number | undefined)[] = [ErrorCode.BadRequest, ErrorCode.AllocationMismatch]

/** The peers of an allocation: permissions asked for, channels bound, both renewed. RFC 8656 §9 to §12. */
export class Peers {
  readonly #context: PeersContext
  readonly #table = new PeerTable()

  constructor(context: PeersContext) {
    this.#context = context
  }

  get nextRenewalAt(): number {
    return this.#table.nextRenewalAt
  }

  /** The peer of a channel that this client has bound. */
  peerOf(channel: number, now: number): TransportAddress | undefined {
    const found = this.#table.channelOf(channel)
    if (found !== undefined) found.usedAt = now
    return found?.peer
  }

  renew(now: number): void {
    for (const entry of this.#table.takeDue(now)) this.#ask(entry, now)
  }

  /** A datagram to a peer, as it goes to the server; undefined for a peer that the server refuses. RFC 8656 §11, §12. */
  frame(data: Uint8Array, peer: TransportAddress, now: number): Uint8Array | undefined {
    const channel = this.#table.channelTo(peer) ?? this.#openChannel(peer, now)
    if (channel?.state === 'refused') return undefined
    if (channel?.state === 'granted') {
      channel.usedAt = now
      return encodeChannelData({ channel: channel.number, data }, this.#context.padded)
    }
    return encodeSendIndication(this.#context.transactionId(), peer, data)
  }

  permit(ip: string, now: number): void {
    const key = canonicalIp(ip)
    const known = this.#table.permissionOf(key)
    if (known === undefined || known.state === 'refused') this.#ask(this.#table.addPermission(key), now)
    else if (known.state === 'granted') this.#context.emit({ type: 'permitted', ip: key })
  }

  forbid(ip: string): void {
    this.#table.removePermission(canonicalIp(ip))
  }

  /** Binds a channel, or asks for a permission when no number is free. RFC 8656 §12. */
  #openChannel(peer: TransportAddress, now: number): Channel | undefined {
    const channel = this.#table.addChannel({ ...peer, ip: canonicalIp(peer.ip) }, now)
    if (channel === undefined) this.permit(peer.ip, now)
    else this.#ask(channel, now)
    return channel
  }

  #ask(entry: Channel | Permission, now: number): void {
    const isChannel = 'number' in entry
    const peer = isChannel ? entry.peer : { ip: entry.ip, port: 0 }
    const number = isChannel
      ? [{ type: AttributeType.ChannelNumber, value: encodeChannelNumber(entry.number) }]
      : []
    this.#context.requests.start(
      {
        method: isChannel ? Method.ChannelBind : Method.CreatePermission,
        name: isChannel ? 'ChannelBind' : 'CreatePermission',
        attributes: (id) => [...number, peerAddress(peer, id)],
        succeeded: (_, at) => {
          this.#table.granted(entry, at)
          if (!isChannel) this.#context.emit({ type: 'permitted', ip: entry.ip })
        },
        failed: (error, _, at) => this.#failed(entry, error, at),
      },
      now,
    )
  }

  /** Refused, or without an answer: the entry is asked for again later. RFC 8656 §10.4, §12.4. */
  #failed(entry: Channel | Permission, error: TurnError, now: number): void {
    this.#table.refused(entry, now)
    const peer = 'number' in entry ? entry.peer : { ip: entry.ip, port: 0 }
    this.#context.emit({ type: 'peer-refused', peer, error })
    if (error.code === 'TURN_TIMEOUT' || DOUBTFUL.includes(error.errorCode)) this.#context.doubt(now)
  }
}
