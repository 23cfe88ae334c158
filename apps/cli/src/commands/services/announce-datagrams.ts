import type { PeerPipe } from '@p2pd/node'
import type { Context } from '../../context.ts'

const TEXTS = {
  udp: 'Datagrams travel by UDP: a lost one delays no other',
  stream: 'Datagrams travel inside a TCP connection: a lost packet delays those behind it',
} as const

/** Prints how the datagrams of a forwarded UDP port travel, at first and whenever it changes. */
export function announceDatagrams(
  { output }: Context,
  { service, datagrams, onPathChange }: Pick<PeerPipe, 'service' | 'datagrams' | 'onPathChange'>,
): void {
  let announced: keyof typeof TEXTS | undefined
  const announce = () => {
    const by = datagrams.overUdp ? 'udp' : 'stream'
    if (by === announced) return
    announced = by
    output.event({ event: 'datagrams', service, by })
    output.info(TEXTS[by])
  }
  announce()
  onPathChange(announce)
}
