import type { ChildProcess } from 'node:child_process'
import { NetifError } from '@p2pd/netif'
import { LabError } from '../../lab-error.ts'
import type { AgentFailure, Call, FromAgent, ToAgent } from './agent-protocol.ts'

type Event = Exclude<FromAgent, { type: 'result' | 'failure' }>
type Settle = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/** Talks to the agent process on a host. The first call starts the process. */
export class AgentClient {
  readonly #start: () => ChildProcess
  readonly #calls = new Map<number, Settle>()
  readonly #listeners = new Map<string, (event: Event) => void>()
  #agent: ChildProcess | undefined
  #id = 0

  constructor(start: () => ChildProcess) {
    this.#start = start
  }

  /** Calls the agent; `id` names the socket, listener or stream that the call makes. */
  call(call: Call, signal?: AbortSignal): { readonly id: number; readonly result: Promise<unknown> } {
    const id = ++this.#id
    const abort = () => this.say({ type: 'abort', id })
    const result = new Promise<unknown>((resolve, reject) => this.#calls.set(id, { resolve, reject }))
    this.say({ type: 'call', id, call })
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    return { id, result: result.finally(() => signal?.removeEventListener('abort', abort)) }
  }

  say(message: ToAgent): void {
    const agent = (this.#agent ??= this.#launch())
    // After the end of the lab a message is lost, as on a host that was switched off.
    if (agent.connected) agent.send(message, () => {})
    else this.#ended()
  }

  /** Receives the events of a socket, listener or stream. */
  listen(name: string, listener: (event: Event) => void): void {
    this.#listeners.set(name, listener)
  }

  unlisten(name: string): void {
    this.#listeners.delete(name)
  }

  #launch(): ChildProcess {
    const agent = this.#start()
    agent.on('message', (message: FromAgent) => this.#receive(message))
    agent.on('exit', () => this.#ended())
    agent.on('error', () => this.#ended())
    return agent
  }

  #receive(message: FromAgent): void {
    switch (message.type) {
      case 'result':
        this.#take(message.id)?.resolve(message.value)
        break
      case 'failure':
        this.#take(message.id)?.reject(toError(message.failure))
        break
      case 'datagram':
        this.#listeners.get(`socket ${message.socket}`)?.(message)
        break
      case 'accepted':
        this.#listeners.get(`listener ${message.listener}`)?.(message)
        break
      default:
        this.#listeners.get(`stream ${message.stream}`)?.(message)
    }
  }

  #take(id: number): Settle | undefined {
    const settle = this.#calls.get(id)
    this.#calls.delete(id)
    return settle
  }

  #ended(): void {
    const error = new LabError('LAB_NAMESPACE_FAILED', 'the host’s agent has ended')
    for (const { reject } of this.#calls.values()) reject(error)
    this.#calls.clear()
  }
}

/** The agent's error as an error object of this process. */
export function toError({ code, message }: AgentFailure): Error {
  return code === undefined ? new Error(message) : new NetifError(code, message)
}
