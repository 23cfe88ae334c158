import type { LinkState } from './snapshot.ts'

const WORDS: Readonly<Record<LinkState['type'], string>> = {
  loading: 'asking the daemon',
  live: 'live',
  lost: 'the daemon does not answer; trying again',
  token: 'the daemon wants its token',
}

/** Says whether the page shows what is, or what was. */
export function LinkBanner({ link, version }: { link: LinkState; version: string | undefined }) {
  return (
    <p class="link" role="status">
      <span class={`dot dot-${link.type}`} aria-hidden="true" />
      {WORDS[link.type]}
      {version !== undefined && <span class="dim"> · version {version}</span>}
      <a class="api" href="/v1/openapi.json">
        API
      </a>
    </p>
  )
}
