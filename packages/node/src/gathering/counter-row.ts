import { predict } from '@p2pd/nat'
import type { TransportAddress } from '@p2pd/netif'
import type { CounterPosition } from './counter-position.ts'
import type { MappingCount } from './mapping-count.ts'
import type { PreparedSide } from './prepared-side.ts'

/**
 * Predicts the ports that a row of sockets is going to get, in the order in which the sockets are going to send. `lead` is
 * the number of mappings that this host is going to make before.
 */
export function predictRow(
  { report, last, ip }: Omit<CounterPosition, 'made'>,
  locals: readonly TransportAddress[],
  lead = 0,
): TransportAddress[] {
  return locals.flatMap(({ port: internalPort }, index) => {
    const options = { internalPort, mappingsBefore: lead + index, count: 1 }
    // A `dependent` counter goes on from the neighbour, whatever this host does meanwhile.
    const neighbour = report.delta.type === 'dependent' ? { ...options, mappingsBefore: index } : options
    return predict(report, [last], neighbour).ports.map((port) => ({ ip, port }))
  })
}

/**
 * Sets the rows of both protocols behind one counter. The TCP punch begins first, so its row comes before the row of the
 * UDP punch. Other sides stay as they are.
 */
export function alignRows(sides: readonly PreparedSide[], count: MappingCount): PreparedSide[] {
  return sides.map((side) => {
    const { counter } = side
    if (counter === undefined) return side
    const twin = sides.find((one) => one.base === side.base && one.protocol !== side.protocol)?.counter
    // When only one of the discoveries has noticed, its report is the better one.
    const shared = [counter, twin].find((one) => one?.report.sharedCounter)?.report
    const isShared = shared !== undefined
    const own = isShared && twin !== undefined ? latest(counter, twin) : counter
    const before = isShared && side.protocol === 'udp' && twin !== undefined ? rowLength(side) : 0
    const { made } = own
    const madeSince = () => {
      const { udp, tcp } = count.made
      const since = { udp: udp - made.udp, tcp: tcp - made.tcp }
      return isShared ? since.udp + since.tcp : since[side.protocol]
    }
    const position = { report: shared ?? counter.report, last: own.last, ip: counter.ip }
    const endpoints =
      position.report.delta.type === 'dependent'
        ? side.side.endpoints
        : predictRow(position, side.side.locals, before)
    return { ...side, side: { ...side.side, endpoints }, lead: () => before - madeSince() }
  })
}

/** The position that the counter had last. */
function latest(a: CounterPosition, b: CounterPosition): CounterPosition {
  const total = ({ made: { udp, tcp } }: CounterPosition) => udp + tcp
  return total(a) >= total(b) ? a : b
}

/** The peer aims at the middle of the endpoints, so that a row has half of them. */
function rowLength({ side }: PreparedSide): number {
  return Math.ceil(side.endpoints.length / 2)
}
