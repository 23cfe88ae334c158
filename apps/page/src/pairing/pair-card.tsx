import type { Pairing } from '@p2pd/client'
import { useState } from 'preact/hooks'
import { Card } from '../card.tsx'
import type { Daemon } from '../live/use-live-data.ts'
import { CopyButton } from '../node/copy-button.tsx'
import { QrCode } from '../node/qr-code.tsx'
import { visible } from '../text/visible.ts'

/** Two people and a short code: one page shows it, the other takes it, and each becomes a contact of the other. */
export function PairCard({ daemon }: { daemon: Daemon }) {
  const { client, snapshot, refresh } = daemon
  const [shown, setShown] = useState<string>()
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const pairing = snapshot.pairings.find(({ id }) => id === shown)
  const start = async (body: { readonly code?: string }) => {
    setFault('')
    setBusy(true)
    try {
      const { id } = await client.request('post /v1/pairings', { body })
      setShown(id)
      await refresh(['pairings', 'contacts'])
    } catch (error) {
      setFault((error as Error).message)
    }
    setBusy(false)
  }
  const end = async (id: string) => {
    await client.request('delete /v1/pairings/{id}', { path: { id } }).catch(() => {}) // It has ended by itself.
    setShown(undefined)
    await refresh(['pairings']).catch(() => {}) // The link says that the daemon has gone.
  }
  return (
    <Card id="pair" title="Pair">
      <PairForm isBusy={isBusy} onPair={(code) => void start({ code })} onMake={() => void start({})} />
      <p role="status" class={fault === '' ? 'dim' : 'fault'}>
        {fault === '' ? wordsOf(pairing) : visible(fault)}
      </p>
      {pairing?.state === 'waiting' && pairing.code !== undefined && (
        <Waiting pairing={pairing} code={pairing.code} onEnd={() => void end(pairing.id)} />
      )}
    </Card>
  )
}

function PairForm(props: {
  readonly isBusy: boolean
  readonly onPair: (code: string) => void
  readonly onMake: () => void
}) {
  const { isBusy, onPair, onMake } = props
  const [code, setCode] = useState('')
  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault()
        onPair(code.trim())
      }}
    >
      <label>
        Code of the other side
        <input
          required
          value={code}
          placeholder="7421-tulip-radar"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isBusy}>
        {isBusy ? 'Pairing…' : 'Pair'}
      </button>
      <button type="button" class="quiet" disabled={isBusy} onClick={onMake}>
        Make a code
      </button>
    </form>
  )
}

function Waiting(props: { readonly pairing: Pairing; readonly code: string; readonly onEnd: () => void }) {
  const { pairing, code, onEnd } = props
  const { command = code, guessesLeft } = pairing
  return (
    <div class="pairing">
      <QrCode text={command} label={`QR code of ${command}`} />
      <div>
        <p class="pair-code">{code}</p>
        <p class="dim">
          The other side types it, or runs <code>{command}</code>. It is good for ten minutes.
          {guessesLeft !== undefined && ` Wrong guesses left: ${guessesLeft}.`}
        </p>
        <div class="pipe-buttons">
          <CopyButton text={code} what="the code" />
          <button type="button" class="quiet" onClick={onEnd}>
            Stop waiting
          </button>
        </div>
      </div>
    </div>
  )
}

function wordsOf(pairing: Pairing | undefined): string {
  if (pairing === undefined) return 'Say a code on the phone, and each of you becomes a contact of the other.'
  if (pairing.state === 'paired') return `${visible(pairing.name ?? '')} is among your contacts.`
  return pairing.state === 'failed' ? visible(pairing.reason ?? '') : 'Waiting for the other side.'
}
