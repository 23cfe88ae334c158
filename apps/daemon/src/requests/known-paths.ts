import type { FastifyInstance } from 'fastify'

interface Known {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** The paths of the daemon's routes, each with its methods: a wrong method is another fault than a wrong path. */
export class KnownPaths {
  readonly #known = new Map<string, Known>()

  /** Learns the routes that are added to an application from now on. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', ({ url, method }) => {
      const known = this.#known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
      for (const one of [method].flat()) known.methods.add(one)
      this.#known.set(url, known)
    })
  }

  /** The methods that a path takes; none for an unknown path. RFC 9110 §10.2.1. */
  methodsOf(path: string): string[] {
    const found = [...this.#known.values()].filter(({ pattern }) => pattern.test(path))
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
  }
}

/** `/v1/pipes/:name` as an expression: a parameter is one part of the path. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.]/g, '\\.')))
  return new RegExp(`^${parts.join('/')}$`)
}
