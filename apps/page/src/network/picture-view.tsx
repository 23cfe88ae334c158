import type { Pipe } from '@p2pd/client'
import { visible } from '../text/visible.ts'
import type { Picture } from './picture.ts'
import { BOX, type Place, type Places, placesOf, wayOf, WIDTH, wire } from './places.ts'

/** Characters that fit into a box, were all of them digits. */
const [MAX_TITLE, MAX_LINE] = [20, 20]

/** The picture of the network: boxes from this host to brokers and peers; the way of one pipe is lit. */
export function PictureView({ picture, lit }: { picture: Picture; lit: Pipe | undefined }) {
  const places = placesOf(picture)
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The network, as a picture">
      <svg
        class="network"
        viewBox={`0 0 ${WIDTH} ${places.height}`}
        role="img"
        aria-label={wordsOf(picture, lit)}
      >
        <Wires picture={picture} places={places} lit={lit} />
        <Boxes picture={picture} places={places} lit={lit} />
      </svg>
    </div>
  )
}

interface Drawing {
  readonly picture: Picture
  readonly places: Places
  readonly lit: Pipe | undefined
}

function Wires({ picture, places, lit }: Drawing) {
  const { nics, brokers, peers } = picture
  const { host, nicAt, natAt, brokerAt } = places
  return (
    <>
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
          d={wayOf(peer, index, places)}
        />
      ))}
    </>
  )
}

function Boxes({ picture, places, lit }: Drawing) {
  const { nics, brokers, peers } = picture
  const { host, nicAt, natAt, brokerAt, relayAt, peerAt } = places
  return (
    <>
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
            lines={nat.lines.slice(0, 1)}
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
          lines={[`${peer.pipe.strategy}, ${peer.pipe.peer.slice(0, 8)}`]}
          kind={`peer by-${peer.pipe.strategy} ${peer.pipe.name === lit?.name ? 'is-lit' : ''}`}
        />
      ))}
    </>
  )
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
        {cut(title, MAX_TITLE)}
      </text>
      {lines.map((line, index) => (
        <text key={index} class="box-line" x={x} y={at.y + 42 + index * 15}>
          {cut(line, MAX_LINE)}
        </text>
      ))}
    </g>
  )
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
  return `This host has ${nats.join(', ') || 'no NIC that is used'}. ${up} of ${brokers.length} ${brokers.length === 1 ? 'broker is' : 'brokers are'} up. ${peers.length} ${peers.length === 1 ? 'pipe is' : 'pipes are'} drawn.${way}`
}
