/** The name of a strategy, in its colour. */
export function StrategyBadge({ strategy }: { strategy: string }) {
  const known = /^[a-z-]+$/.test(strategy) ? strategy : 'unknown'
  return <span class={`badge by-${known}`}>{known}</span>
}
