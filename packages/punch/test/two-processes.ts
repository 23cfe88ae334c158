import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { PunchSide } from '@p2pd/punch'

/** Punches to be made, numbered from `first`. */
export interface Task {
  readonly protocol: 'udp' | 'tcp'
  readonly first: number
  readonly count: number
  readonly atOnce: number
  /** Gives up every fifth before it is through. */
  readonly unfinished: boolean
}

/** The resources that a process holds open. */
export interface Holdings {
  /** The kinds of what keeps the event loop alive: sockets and timers. */
  readonly resources: readonly string[]
  readonly descriptors: number
  /** Memory in use after a collection. */
  readonly bytes: number
}

export type ToProcess =
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'side'; readonly punch: number; readonly side: PunchSide }
export type FromProcess =
  | { readonly type: 'side'; readonly punch: number; readonly side: PunchSide }
  | { readonly type: 'report'; readonly holdings: Holdings }

/** Two processes that punch to each other; what they tell each other passes through this one. */
export class TwoProcesses {
  readonly #children: readonly ChildProcess[]
  readonly #ready: Promise<Holdings[]>

  /** `script` is the file of the program. It runs with these further arguments of Node.js. */
  constructor(script: string, nodeArguments: readonly string[] = []) {
    const execArgv = [...nodeArguments, '--expose-gc']
    this.#children = ['controlling', 'controlled'].map((role) => fork(script, [role], { execArgv }))
    this.#ready = this.#reports()
    this.#children.forEach((child, index) =>
      child.on('message', (message: FromProcess) => {
        if (message.type === 'side') this.#children[1 - index]?.send(message)
      }),
    )
  }

  /** The resources that both hold before they have done anything. */
  ready(): Promise<Holdings[]> {
    return this.#ready
  }

  /** Lets both punch; what they hold open afterwards. */
  async run(task: Task): Promise<Holdings[]> {
    await this.#ready
    for (const child of this.#children) child.send({ type: 'task', task } satisfies ToProcess)
    return this.#reports()
  }

  async close(): Promise<void> {
    const running = this.#children.filter(({ exitCode }) => exitCode === null)
    const closed = running.map((child) => once(child, 'exit'))
    for (const child of this.#children) if (child.connected) child.disconnect()
    await Promise.all(closed)
  }

  #reports(): Promise<Holdings[]> {
    return Promise.all(
      this.#children.map(
        (child) =>
          new Promise<Holdings>((resolve, reject) => {
            const gone = () => reject(new Error(`a punching process ended with ${child.exitCode}`))
            child.once('exit', gone)
            const hear = (message: FromProcess) => {
              if (message.type !== 'report') return
              child.off('message', hear)
              child.off('exit', gone)
              resolve(message.holdings)
            }
            child.on('message', hear)
          }),
      ),
    )
  }
}
