import { useState } from 'preact/hooks'
import type { Daemon } from '../live/use-live-data.ts'
import { visible } from '../text/visible.ts'

/** Sends files that the user drops or chooses: the daemon passes each on as it is read, and the receiver decides. */
export function SendForm({ daemon }: { daemon: Daemon }) {
  const { client } = daemon
  const [target, setTarget] = useState('')
  const [isOver, setOver] = useState(false)
  const [said, say] = useState<{ readonly text: string; readonly isFault: boolean }>()
  const send = async (files: readonly File[]) => {
    const peer = target.trim()
    if (peer === '') return say({ text: 'Say first to whom the files go.', isFault: true })
    for (const file of files) {
      say({ text: `Offering ${visible(file.name)}; the receiver decides.`, isFault: false })
      try {
        await client.request('post /v1/transfers/upload', {
          query: { target: peer, name: file.name },
          upload: file,
        })
        say({ text: `${visible(file.name)} has arrived.`, isFault: false })
      } catch (error) {
        return say({ text: `${visible(file.name)}: ${visible((error as Error).message)}`, isFault: true })
      }
    }
  }
  return (
    <form
      class={isOver ? 'fields drop is-over' : 'fields drop'}
      onSubmit={(event) => event.preventDefault()}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void send([...(event.dataTransfer?.files ?? [])])
      }}
    >
      <label>
        Send files to
        <input
          list="contacts"
          value={target}
          placeholder="a contact, an id or an address"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTarget(event.currentTarget.value)}
        />
      </label>
      <FileChoice onChoose={send} />
      <p role="status" class={said?.isFault === true ? 'fault' : 'dim'}>
        {said?.text ?? ''}
      </p>
    </form>
  )
}

function FileChoice({ onChoose }: { readonly onChoose: (files: readonly File[]) => Promise<void> }) {
  return (
    <label class="as-button">
      Choose files, or drop them here
      <input
        class="unseen"
        type="file"
        multiple
        onChange={(event) => {
          const { currentTarget } = event
          void onChoose([...(currentTarget.files ?? [])]).then(() => (currentTarget.value = ''))
        }}
      />
    </label>
  )
}
