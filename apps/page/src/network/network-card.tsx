import type { InterfaceNat, Pipe } from '@p2pd/client'
import { Card, Empty, TableBehind } from '../card.tsx'
import type { Snapshot } from '../live/snapshot.ts'
import { visible } from '../text/visible.ts'
import { natWords } from './nat-words.ts'
import { pictureOf } from './picture.ts'
import { PictureView } from './picture-view.tsx'

/** The network of this host: NICs, NATs, brokers, and the ways of the pipes. */
export function NetworkCard({ snapshot, lit }: { snapshot: Snapshot; lit: Pipe | undefined }) {
  const { nats, brokers } = snapshot
  const up = brokers.filter(({ state }) => state === 'up').length
  return (
    <Card
      id="network"
      title="Network"
      aside={
        <span class={up > 0 || brokers.length === 0 ? 'dim' : 'fault'}>
          {brokers.length === 0
            ? 'no brokers'
            : `${up} of ${brokers.length} ${brokers.length === 1 ? 'broker' : 'brokers'} up`}
        </span>
      }
    >
      <PictureView picture={pictureOf(snapshot)} lit={lit} />
      {brokers.length === 0 && (
        <Empty>
          No broker is configured, so this node can be called by its address alone. A servers file (
          <code>--servers</code>) names brokers.
        </Empty>
      )}
      {nats.length === 0 ? (
        <Empty>
          No NAT has been measured. It needs a STUN server, and takes a second or two;{' '}
          <code>p2pd netcheck</code> shows each step.
        </Empty>
      ) : (
        <ul class="nats">
          {nats.map((nat) => (
            <Nat key={`${nat.interface} ${nat.family} ${nat.protocol}`} nat={nat} />
          ))}
        </ul>
      )}
      <NetworkTables snapshot={snapshot} />
    </Card>
  )
}

/** The tables behind the picture. */
function NetworkTables({ snapshot }: { snapshot: Snapshot }) {
  const { interfaces, brokers, candidates } = snapshot
  return (
    <>
      <TableBehind
        caption="NICs"
        head={['name', 'kind', 'up', 'addresses', 'gateways']}
        count={interfaces.length}
        rows={() =>
          interfaces.map((nic) => [
            visible(nic.humanName),
            nic.type,
            nic.up ? 'yes' : 'no',
            nic.addresses.map(({ ip }) => ip).join(', ') || 'none',
            nic.gateways.map(({ ip }) => ip).join(', ') || 'none',
          ])
        }
      />
      <TableBehind
        caption="Brokers"
        head={['URL', 'state', 'reason']}
        count={brokers.length}
        rows={() => brokers.map(({ url, state, reason }) => [visible(url), state, visible(reason ?? '')])}
      />
      <TableBehind
        caption="Addresses that peers dial"
        head={['kind', 'transport', 'address', 'port', 'priority']}
        count={candidates.length}
        rows={() =>
          candidates.map(({ kind, transport, ip, port, priority }) => [kind, transport, ip, port, priority])
        }
      />
    </>
  )
}

function Nat({ nat }: { nat: InterfaceNat }) {
  const { report, protocol, family } = nat
  const words = natWords(report)
  return (
    <li class="nat">
      <h3>
        {visible(nat.interface)}, {protocol.toUpperCase()} over {family}: <b>{words.title}</b>
      </h3>
      <p>{words.meaning}</p>
      <dl class="facts">
        <div>
          <dt>mapping</dt>
          <dd>{words.mapping}</dd>
        </div>
        <div>
          <dt>filtering</dt>
          <dd>{words.filtering}</dd>
        </div>
        <div>
          <dt>next port</dt>
          <dd>{words.ports}</dd>
        </div>
        <div>
          <dt>external</dt>
          <dd>{report.externalAddresses.join(', ') || 'unknown'}</dd>
        </div>
        <div>
          <dt>confidence</dt>
          <dd>{words.confidence}</dd>
        </div>
      </dl>
      {report.evidence.length > 0 && (
        <details>
          <summary>Evidence</summary>
          <ul>
            {report.evidence.map((sentence) => (
              <li key={sentence}>{visible(sentence)}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}
