import { useState } from 'preact/hooks'
import { CallsCard } from './calls/calls-card.tsx'
import { ForwardsCard } from './forwards/forwards-card.tsx'
import { LinkBanner } from './live/link-banner.tsx'
import { TokenForm } from './live/token-form.tsx'
import { useLiveData } from './live/use-live-data.ts'
import { LogCard } from './log/log-card.tsx'
import { NetworkCard } from './network/network-card.tsx'
import { NodeCard } from './node/node-card.tsx'
import { PairCard } from './pairing/pair-card.tsx'
import { TransfersCard } from './transfers/transfers-card.tsx'
import { WaitingCard } from './waiting/waiting-card.tsx'
import { PipesCard } from './pipes/pipes-card.tsx'

/** The whole page. */
export function App() {
  const daemon = useLiveData()
  const { snapshot } = daemon
  const [chosen, choose] = useState<string>()
  // The newest pipe is lit until the user chooses another one.
  const lit = snapshot.pipes.find(({ name }) => name === chosen) ?? snapshot.pipes.at(-1)
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <h1>
          <svg class="mark" viewBox="0 0 32 16" aria-hidden="true">
            <path d="M8 8h16" />
            <circle cx="6" cy="8" r="5" />
            <circle cx="26" cy="8" r="5" />
          </svg>
          p2pd
        </h1>
        <LinkBanner link={snapshot.link} version={snapshot.node?.version} />
      </header>
      <main id="main" tabIndex={-1}>
        {snapshot.link.type === 'token' ? (
          <TokenForm onToken={(token) => daemon.setToken(token)} />
        ) : (
          <>
            {snapshot.waiting.length > 0 && <WaitingCard daemon={daemon} />}
            <NodeCard snapshot={snapshot} />
            <NetworkCard snapshot={snapshot} lit={lit} />
            <PipesCard daemon={daemon} lit={lit} onChoose={choose} />
            <PairCard daemon={daemon} />
            <TransfersCard daemon={daemon} />
            <ForwardsCard daemon={daemon} />
            <CallsCard snapshot={snapshot} />
            <LogCard lines={snapshot.log} />
          </>
        )}
      </main>
    </>
  )
}
