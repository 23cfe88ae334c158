import type { TransportAddress } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { type DtlsPeer, DtlsServer } from '../dtls/dtls-server.ts'
import { dtlsCrypto } from '../nodejs/dtls-crypto.ts'
import type { DtlsClient } from './dtls-client.ts'

const local = { ip: '192.0.2.1', port: 3478 }

/** A DTLS server that echoes, and the datagrams on their way; no network. */
export class DtlsStage {
  readonly clock = new ManualClock()
  readonly sent: Uint8Array[] = []
  readonly peers: DtlsPeer[] = []
  ended = 0
  isAllowed = true
  readonly server: DtlsServer

  constructor() {
    const crypto = dtlsCrypto({ cert: CERTIFICATE, key: PRIVATE_KEY })
    if (crypto === undefined) throw new Error('no certificate')
    let drawn = 0
    this.server = new DtlsServer({
      crypto,
      clock: this.clock,
      random: (length) => new Uint8Array(length).fill(++drawn),
      allow: () => this.isAllowed,
      opened: (peer) => {
        this.peers.push(peer)
        return { receive: (data) => peer.send(data), ended: () => this.ended++ }
      },
    })
  }

  /** The datagrams that the server sends at once in answer to one. */
  answers(datagram: Uint8Array, source: TransportAddress = { ip: '203.0.113.5', port: 5000 }): Uint8Array[] {
    this.sent.length = 0
    this.server.receive(datagram, { source, local, send: (packet) => this.sent.push(packet) })
    return [...this.sent]
  }

  /** Carries datagrams both ways until neither end answers; `lose` tells by their numbers which ones are lost. */
  exchange(
    client: DtlsClient,
    first: readonly Uint8Array[],
    lose: (number: number) => boolean = () => false,
  ): void {
    let number = 0
    const arrive = (datagrams: readonly Uint8Array[]) => datagrams.filter(() => !lose(number++))
    for (let toServer = arrive(first); toServer.length > 0; ) {
      const toClient = arrive(toServer.flatMap((datagram) => this.answers(datagram)))
      toServer = arrive(toClient.flatMap((datagram) => client.receive(datagram)))
    }
  }
}
