import type { DrawnPeer, Picture } from './picture.ts'

/** The width of the picture, in its own units. */
export const WIDTH = 960
/** The size of every box. */
export const BOX = { width: 168, height: 56 }
const ROW = 76
/** The left edges of the columns: this host, NICs, NATs, relay and brokers, peers. */
const COLUMNS = [8, 206, 404, 602, 784] as const

/** The upper left corner of a box. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** The places of all boxes; peers and brokers by their index. */
export interface Places {
  readonly host: Place
  readonly nicAt: (index: number) => Place
  readonly natAt: (index: number) => Place
  readonly brokerAt: (index: number) => Place
  readonly relayAt: (index: number) => Place
  readonly peerAt: (index: number) => Place
  readonly height: number
}

/** The places of the boxes. Brokers and peers share the last column; peers on this host lie below everything else. */
export function placesOf({ nics, brokers, peers }: Picture): Places {
  const remote = peers.filter(({ nic }) => nic >= 0).length
  const rows = Math.max(1, nics.length, brokers.length + remote)
  const all = rows + (peers.length - remote)
  const at = (column: number, row: number): Place => ({ x: COLUMNS[column] ?? 0, y: 8 + row * ROW })
  const centred = (column: number, index: number, count: number) => at(column, (rows - count) / 2 + index)
  const outer = (index: number) => (rows - brokers.length - remote) / 2 + index
  const peerRow = (index: number) => (index < remote ? outer(brokers.length + index) : rows + index - remote)
  return {
    host: centred(0, 0, 1),
    nicAt: (index: number) => centred(1, index, nics.length),
    natAt: (index: number) => centred(2, index, nics.length),
    brokerAt: (index: number) => at(4, outer(index)),
    relayAt: (index: number) => at(3, peerRow(index)),
    peerAt: (index: number) => at(4, peerRow(index)),
    height: all * ROW + 8,
  }
}

/** The line of a pipe: through NIC, NAT and relay, or below them when it stays on this host. */
export function wayOf(peer: DrawnPeer, index: number, places: Places): string {
  const { host, nicAt, natAt, relayAt, peerAt } = places
  const end = peerAt(index)
  if (peer.nic < 0) {
    const [x, from, to] = [host.x + BOX.width / 2, host.y + BOX.height, end.y + BOX.height / 2]
    return `M${x} ${from}V${to - 16}Q${x} ${to} ${x + 16} ${to}H${end.x}`
  }
  return wire([
    host,
    nicAt(peer.nic),
    ...(peer.isThroughNat ? [natAt(peer.nic)] : []),
    ...(peer.isRelayed ? [relayAt(index)] : []),
    end,
  ])
}

/** A line through the middles of boxes, curved between columns. */
export function wire(places: readonly Place[]): string {
  return places
    .map(({ x, y }, index) => {
      const middle = y + BOX.height / 2
      const before = places[index - 1]
      if (before === undefined) return `M${x + BOX.width / 2} ${middle}`
      const from = before.x + BOX.width
      const bend = (x - from) / 2
      return `L${from} ${before.y + BOX.height / 2}C${from + bend} ${before.y + BOX.height / 2} ${x - bend} ${middle} ${x} ${middle}`
    })
    .join('')
}
