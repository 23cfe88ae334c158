import { type Client, ClientError, type DaemonEvent } from '@p2pd/client'
import { type LogLine, logLine } from '../log/log-filter.ts'
import { EMPTY, type Snapshot } from './snapshot.ts'

/** Events come in bursts: what they changed is read once for each, and the first burst at once. */
const SETTLE_MS = 20
const BETWEEN_MS = 250
/** The figures of pipes change without events. */
const FIGURES_MS = 2000
/** With many pipes they are read less often, whatever has changed: a thousand are 600 kB. */
const MANY_PIPES = 100
const MANY_BETWEEN_MS = 5000
/** The waits after a daemon was lost. */
const AGAIN_MS = [500, 1000, 2000, 4000]
const KEPT_LINES = 1000

/** The parts of a snapshot that are read from the daemon. */
type Part = Exclude<keyof Snapshot, 'link' | 'log'>

const ALL: readonly Part[] = [
  'node',
  'interfaces',
  'nats',
  'brokers',
  'candidates',
  'contacts',
  'pipes',
  'waiting',
  'reports',
  'pairings',
  'transfers',
  'forwards',
  'services',
]

/** The routes of the parts that are lists. */
const LISTS = {
  interfaces: 'get /v1/interfaces',
  nats: 'get /v1/nat-reports',
  brokers: 'get /v1/brokers',
  candidates: 'get /v1/candidates',
  contacts: 'get /v1/contacts',
  pipes: 'get /v1/pipes',
  waiting: 'get /v1/waiting',
  reports: 'get /v1/reports',
  pairings: 'get /v1/pairings',
  transfers: 'get /v1/transfers',
  forwards: 'get /v1/forwards',
  services: 'get /v1/services',
} as const

/** The parts that an event of a type changes; others change nothing that is shown. */
const CHANGES: Readonly<Record<string, readonly Part[]>> = {
  'pipe-opened': ['pipes', 'waiting'],
  'pipe-closed': ['pipes'],
  waiting: ['waiting'],
  path: ['pipes'],
  suspended: ['pipes'],
  resumed: ['pipes'],
  report: ['reports', 'pipes'],
  'network-changed': ['interfaces', 'nats', 'candidates', 'node'],
  'broker-up': ['brokers'],
  'broker-down': ['brokers'],
  pairing: ['pairings', 'contacts'],
  transfer: ['transfers'],
  'transfer-progress': ['transfers'],
  'forward-opened': ['forwards'],
  'forward-changed': ['forwards'],
  'forward-closed': ['forwards'],
  gap: ALL,
}

/** Follows a daemon while the page is seen: reads everything once, then what its events change. */
export class LiveData {
  readonly #client: Client
  readonly #onChange: (snapshot: Snapshot) => void
  #snapshot = EMPTY
  #run: AbortController | undefined
  #lastEvent = 0
  readonly #changed = new Set<Part>()
  #readAt = -Infinity
  #pipesReadAt = -Infinity
  /** Requests have numbers: an answer that comes after a newer one is not shown. */
  #asked = 0
  readonly #shown = new Map<Part, number>()
  #settle: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client, onChange: (snapshot: Snapshot) => void) {
    this.#client = client
    this.#onChange = onChange
  }

  start(): void {
    if (this.#run !== undefined) return
    this.#run = new AbortController()
    void this.#follow(this.#run.signal)
  }

  /** Ends every request; nothing is asked until `start`. */
  stop(): void {
    this.#run?.abort()
    this.#run = undefined
    clearTimeout(this.#settle)
    this.#settle = undefined
  }

  /** Reads parts again: the user has changed them. */
  async refresh(parts: readonly Part[], signal = this.#run?.signal): Promise<void> {
    const asked = ++this.#asked
    if (parts.includes('pipes')) this.#pipesReadAt = performance.now()
    const read = await Promise.all(parts.map(async (part) => [part, await this.#read(part, signal)] as const))
    if (signal?.aborted === true) return
    const newer = read.filter(([part]) => asked > (this.#shown.get(part) ?? 0))
    for (const [part] of newer) this.#shown.set(part, asked)
    this.#change(Object.fromEntries(newer))
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.refresh(ALL, signal)
        if (signal.aborted) return
        this.#change({ link: { type: 'live' } })
        attempt = 0
        await this.#followEvents(signal)
        this.#change({ link: { type: 'lost', reason: 'the daemon closed the connection' } })
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ClientError && error.problem?.status === 401)
          return this.#change({ link: { type: 'token' } })
        this.#change({ link: { type: 'lost', reason: (error as Error).message } })
      }
      await wait(AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)] ?? 0, signal)
    }
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const end = () => over.abort()
    signal.addEventListener('abort', end)
    void this.#readFigures(over.signal)
    try {
      for await (const event of this.#client.events({ after: this.#lastEvent, signal }))
        this.#take(event, signal)
    } finally {
      end()
      signal.removeEventListener('abort', end)
    }
  }

  #take(event: DaemonEvent, signal: AbortSignal): void {
    // A daemon that was started again counts from 1, and says `gap` first.
    if (event.type === 'gap') this.#lastEvent = 0
    else this.#lastEvent = event.id
    const line: LogLine =
      event.type === 'gap'
        ? { id: 0, at: new Date().toISOString(), type: 'gap', text: 'events before this one are gone' }
        : logLine(event)
    // The figures of a transfer would drive everything else out of the log.
    if (event.type !== 'transfer-progress')
      this.#snapshot = { ...this.#snapshot, log: [...this.#snapshot.log, line].slice(-KEPT_LINES) }
    for (const part of CHANGES[event.type] ?? []) this.#changed.add(part)
    const between = this.#hasMany() ? MANY_BETWEEN_MS : BETWEEN_MS
    const pause = Math.max(SETTLE_MS, this.#readAt + between - performance.now())
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined
      this.#readAt = performance.now()
      const parts = [...this.#changed]
      this.#changed.clear()
      // The stream of events notices that a daemon has gone.
      this.refresh(parts, signal).catch(() => {})
    }, pause)
  }

  #hasMany(): boolean {
    return this.#snapshot.pipes.length > MANY_PIPES
  }

  async #readFigures(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const since = performance.now() - this.#pipesReadAt
      const every = this.#hasMany() ? MANY_BETWEEN_MS : FIGURES_MS
      if (since < every) {
        // An event may have them read meanwhile.
        await wait(every - since, signal)
        continue
      }
      const { pipes, waiting } = this.#snapshot
      const parts: Part[] = [
        ...(pipes.length > 0 ? (['pipes'] as const) : []),
        // A caller that gives up makes no event.
        ...(waiting.length > 0 ? (['waiting'] as const) : []),
      ]
      this.#pipesReadAt = performance.now()
      // The stream of events notices that a daemon has gone.
      if (parts.length > 0) await this.refresh(parts, signal).catch(() => {})
    }
  }

  async #read(part: Part, signal: AbortSignal | undefined): Promise<unknown> {
    const options = signal && { signal }
    const client = this.#client
    if (part === 'node') return client.request('get /v1/node', options)
    return (await client.request(LISTS[part], options)).items
  }

  #change(fields: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...fields }
    this.#onChange(this.#snapshot)
  }
}

/** Resolves after a time, or at once when the signal aborts. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
