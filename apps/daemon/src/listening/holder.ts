import { request } from 'node:http'

/** How long a daemon may take to say who it is. */
const ANSWER_MS = 1000

/** Asks the daemon behind a socket who it is: `pid 4711, http://127.0.0.1:12333`. */
export function describeHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asking = request({ socketPath: path, path: '/v1/node', timeout: ANSWER_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(formatHolder(text)))
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', () => resolve(undefined))
    asking.end()
  })
}

function formatHolder(text: string): string | undefined {
  try {
    const { pid, url } = JSON.parse(text) as { pid?: number; url?: string }
    return pid === undefined ? undefined : `pid ${pid}, ${url}`
  } catch {
    return undefined // Another program, or a daemon of another version.
  }
}
