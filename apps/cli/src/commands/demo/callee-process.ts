import { systemReason } from '@p2pd/netif'
import type { Servers } from '@p2pd/node'
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError } from '../../cli-error.ts'
import type { CalleeNews } from './callee.ts'

/** The callee, as its parent sees it. */
export interface CalleeProcess {
  readonly id: string
  /** The next hash of this kind; fails when the callee does. */
  next(type: 'received' | 'sent'): Promise<string>
  close(): Promise<void>
}

/** A node that does not close within this has lost the right to. */
const CLOSE_TIMEOUT_MS = 5000

/** Starts the callee; resolves when it can be called. */
export async function startCallee(servers: Servers, bytes: number): Promise<CalleeProcess> {
  const program = new URL(`./callee${extname(import.meta.url)}`, import.meta.url)
  const child = fork(fileURLToPath(program), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const news = new News(child)
  child.send({ servers, bytes })
  try {
    const { id } = await news.next('ready')
    return { id, next: async (type) => (await news.next(type)).hash, close: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

/** The messages of the child, kept until somebody asks for their kind. */
class News {
  readonly #heard: CalleeNews[] = []
  readonly #waiting = new Set<() => void>()
  #fault: Error | undefined

  constructor(child: ChildProcess) {
    child.on('message', (news: CalleeNews) => {
      if (news.type === 'failed') this.#fault = new CliError('CLI_DEMO', `the callee: ${news.reason}`)
      else this.#heard.push(news)
      this.#wake()
    })
    child.once('exit', (status) => {
      this.#fault ??= new CliError('CLI_DEMO', `the callee's process ended with ${status}`)
      this.#wake()
    })
    child.once('error', (cause) => {
      this.#fault ??= new CliError('CLI_DEMO', `the callee's process: ${systemReason(cause)}`, { cause })
      this.#wake()
    })
  }

  next<Type extends CalleeNews['type']>(type: Type): Promise<CalleeNews & { readonly type: Type }> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const place = this.#heard.findIndex((news) => news.type === type)
        if (place < 0 && this.#fault === undefined) return
        this.#waiting.delete(look)
        const [news] = place < 0 ? [] : this.#heard.splice(place, 1)
        if (news === undefined) reject(this.#fault as Error)
        else resolve(news as CalleeNews & { readonly type: Type })
      }
      this.#waiting.add(look)
      look()
    })
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }
}

/** Its parent's silence ends it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS)
  if (child.connected) child.disconnect()
  await exited
  clearTimeout(timer)
}
