import { useEffect, useState } from 'preact/hooks'

/** A replay takes as long as a person wants to look, however short the call was. */
const REPLAY_MS = 4000

/** The time that a replay has reached, in milliseconds since the call; undefined when none runs. */
export function useReplay(endMs: number): { readonly until: number | undefined; start(): void } {
  const [startedAt, start] = useState<number>()
  const [until, setUntil] = useState<number>()
  useEffect(() => {
    if (startedAt === undefined) return undefined
    let frame = 0
    const draw = (now: number) => {
      const share = (now - startedAt) / REPLAY_MS
      if (share >= 1) {
        start(undefined)
        setUntil(undefined)
        return
      }
      setUntil(Math.max(0, share) * endMs)
      frame = requestAnimationFrame(draw)
    }
    frame = requestAnimationFrame(draw)
    return () => cancelAnimationFrame(frame)
  }, [startedAt, endMs])
  return { until, start: () => start(performance.now()) }
}
