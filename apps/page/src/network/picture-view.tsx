import type { Pipe } from '@p2pd/client'
import { shortId, visible } from '../text/visible.ts'
import type { DrawnPeer, Picture } from './picture.ts'

const WIDTH = 960
const BOX = { width: 168, height: 56 }
const ROW = 76
/** The left edges of the columns: this host, NICs, NATs, relay and brokers, peers. */
const COLUMNS = [8, 206, 404, 602, 784] as const

interface Place {
  readonly x: number
  readonly y: number
}

/** The picture of the network: boxes from this host to brokers and peers; the way of one pipe is lit. */
export function PictureView({ picture, lit }: { picture: Picture; lit: Pipe | undefined }) {
  const { nics, brokers, peers } = picture
  const layout = placesOf(picture)
  const { host, nicAt, natAt, brokerAt, peerAt, relayAt, height } = layout
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The network, as a picture">
      <svg class="network" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={wordsOf(picture, lit)}>
        {nics.map((_, index) => (
          <path key={index} class="wire" d={wire([host, nicAt(index), natAt(index)])} />
        ))}
        {brokers.map(({ broker, nic }, index) => (
          <path
            key={broker.url}
            class={`wire signalling is-${broker.state === 'up' ? 'up' : 'down'}`}
            d={wire([nics.length === 0 ? host : natAt(nic), brokerAt(index)])}
          />
        ))}
        {peers.map((peer, index) => (
          <path
            key={peer.pipe.name}
            class={`wire way by-${peer.pipe.strategy} ${peer.pipe.name === lit?.name ? 'is-lit' : ''}`}
            d={wayOf(peer, index, layout)}
          />
        ))}
        <Box at={host} title="this host" lines={[]} kind="host" />
        {nics.map(({ name, title, addresses, nat }, index) => (
          <g key={name}>
            <Box
              at={nicAt(index)}
              title={`${visible(name)} (${visible(title)})`}
              lines={addresses.slice(0, 1)}
              kind="nic"
            />
            <Box
              at={natAt(index)}
              title={nat.isMeasured ? nat.title : 'NAT not measured'}
              lines={nat.external === '' ? [] : [nat.external]}
              kind={nat.isMeasured ? 'nat' : 'nat is-unknown'}
            />
          </g>
        ))}
        {brokers.map(({ broker }, index) => (
          <Box
            key={broker.url}
            at={brokerAt(index)}
            title={hostOf(broker.url)}
            lines={[`broker ${broker.state}`]}
            kind={broker.state === 'up' ? 'broker' : 'broker is-unknown'}
          />
        ))}
        {peers.map(
          (peer, index) =>
            peer.isRelayed && (
              <Box
                key={peer.pipe.name}
                at={relayAt(index)}
                title="relay"
                lines={['TURN server']}
                kind="relay"
              />
            ),
        )}
        {peers.map((peer, index) => (
          <Box
            key={peer.pipe.name}
            at={peerAt(index)}
            title={visible(peer.pipe.name)}
            lines={[`${peer.pipe.strategy}, ${shortId(peer.pipe.peer)}`]}
            kind={`peer by-${peer.pipe.strategy} ${peer.pipe.name === lit?.name ? 'is-lit' : ''}`}
          />
        ))}
      </svg>
    </div>
  )
}

/** The places of the boxes. Brokers and peers share the last column; peers on this host lie below everything else. */
function placesOf({ nics, brokers, peers }: Picture) {
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
function wayOf(peer: DrawnPeer, index: number, places: ReturnType<typeof placesOf>): string {
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

function Box(props: {
  readonly at: Place
  readonly title: string
  readonly lines: readonly string[]
  readonly kind: string
}) {
  const { at, title, lines, kind } = props
  const x = at.x + 12
  return (
    <g class={`box box-${kind}`}>
      <title>
        {title} {lines.join(' ')}
      </title>
      <rect x={at.x} y={at.y} width={BOX.width} height={BOX.height} rx="10" />
      <text class="box-title" x={x} y={at.y + (lines.length === 0 ? 33 : 24)}>
        {cut(title, 22)}
      </text>
      {lines.map((line, index) => (
        <text key={index} class="box-line" x={x} y={at.y + 42 + index * 15}>
          {cut(line, 25)}
        </text>
      ))}
    </g>
  )
}

/** A line through the middles of boxes, curved between columns. */
function wire(places: readonly Place[]): string {
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

function hostOf(url: string): string {
  return visible(url.replace(/^[a-z]+:\/\//, '').replace(/\/$/, ''))
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** The picture as a sentence, for those who do not see it. */
function wordsOf({ nics, brokers, peers }: Picture, lit: Pipe | undefined): string {
  const up = brokers.filter(({ broker }) => broker.state === 'up').length
  const nats = nics.map(
    ({ name, nat }) => `${name} behind ${nat.isMeasured ? nat.title : 'a NAT not measured'}`,
  )
  const way =
    lit === undefined ? '' : ` The pipe ${visible(lit.name)} goes by ${lit.strategy} to ${lit.remote}.`
  return `This host has ${nats.join(', ') || 'no NIC that is used'}. ${up} of ${brokers.length} brokers are up. ${peers.length} pipes are drawn.${way}`
}
