/** Why: a long step without output looks as if it hangs. */
/** Between two signs of life of a long step. */
const intervalMs = 10_000

/** A step shorter than this needs no announcement. */
const announceAfterMs = 1_000

/** @param {number} ms */
export function formatSeconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}

/**
 * Runs a step and tells on `stream` that it goes on, when it takes long.
 *
 * @template Result
 * @param {NodeJS.WritableStream} stream
 * @param {string} title
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withProgress(stream, title, work) {
  const start = performance.now()
  const announcement = setTimeout(() => stream.write(`${title} ...\n`), announceAfterMs)
  const ticking = setInterval(
    () => stream.write(`${title}: ${Math.round((performance.now() - start) / 1000)} s so far\n`),
    intervalMs,
  )
  try {
    return await work()
  } finally {
    clearTimeout(announcement)
    clearInterval(ticking)
  }
}
