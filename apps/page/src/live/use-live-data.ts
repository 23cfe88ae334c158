import { type Client, createClient } from '@p2pd/client'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { LiveData } from './live-data.ts'
import { EMPTY, type Snapshot } from './snapshot.ts'

/** The token is kept until the tab is closed. */
const TOKEN_KEY = 'p2pd-token'

/** The daemon as the page's parts use it. */
export interface Daemon {
  readonly client: Client
  readonly snapshot: Snapshot
  readonly refresh: LiveData['refresh']
  /** Uses this token from now on. */
  setToken(token: string): void
}

/** Follows the daemon that served the page, while the page is seen. */
export function useLiveData(): Daemon {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN_KEY) ?? undefined)
  const [snapshot, setSnapshot] = useState<Snapshot>(EMPTY)
  const [client, live] = useMemo(() => {
    const made = createClient({ url: location.origin, ...(token !== undefined && { token }) })
    return [made, new LiveData(made, setSnapshot)] as const
  }, [token])
  useEffect(() => {
    const follow = () => (document.visibilityState === 'visible' ? live.start() : live.stop())
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      live.stop()
    }
  }, [live])
  return {
    client,
    snapshot,
    refresh: (parts) => live.refresh(parts),
    setToken: (next) => {
      sessionStorage.setItem(TOKEN_KEY, next)
      setToken(next)
    },
  }
}
