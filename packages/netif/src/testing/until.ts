/** A busy machine takes its time. */
const PATIENCE_MS = 20_000
const INTERVAL_MS = 20

/** Asks until an answer is the wanted one; fails with the last one. */
export async function until<T>(read: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const value = await read()
    if (isWanted(value)) return value
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS))
  }
}
