/** Pipes and gateways have 1 s each for their end, brokers 0.5 s, streams over UDP 3 s. */
const CLOSE_TIMEOUT_MS = 5000

/** Closes a pipe or a node. A close that hangs must not hold the command: the end of the process closes everything. */
export async function closeInTime(open: { close(): Promise<void> }): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
  })
  try {
    await Promise.race([open.close(), late])
  } finally {
    clearTimeout(timer)
  }
}
