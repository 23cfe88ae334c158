import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** A daemon on this machine answers within milliseconds. */
const ANSWER_MS = 3000

/** A resource of the user's daemon, by its socket; undefined when no daemon runs. */
export function askDaemon(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, timeout: ANSWER_MS }, (response) => {
      text(response)
        .then((body) => resolve(JSON.parse(body) as unknown))
        .catch(reject)
    })
    asking.on('timeout', () => asking.destroy(new Error(`the daemon at ${socketPath} does not answer`)))
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined)
      else reject(error)
    })
    asking.end()
  })
}
