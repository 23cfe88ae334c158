import { useState } from 'preact/hooks'
import { Card } from '../card.tsx'

/** Asks for the token of a daemon that was started with `--require-token`. */
export function TokenForm({ onToken }: { onToken: (token: string) => void }) {
  const [token, setToken] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    if (token.trim() !== '') onToken(token.trim())
  }
  return (
    <Card id="token" title="Token">
      <p>
        This daemon was started with a token. The file <code>daemon-token</code> in your config directory has
        it; <code>p2pd daemon</code> names the file when it starts.
      </p>
      <form class="fields" onSubmit={submit}>
        <label>
          Token
          <input
            type="password"
            autocomplete="current-password"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Use it</button>
      </form>
    </Card>
  )
}
