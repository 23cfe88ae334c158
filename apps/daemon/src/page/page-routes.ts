import type { FastifyInstance } from 'fastify'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files of the page, by the path that the browser asks for. */
const FILES = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/favicon.svg': { name: 'favicon.svg', type: 'image/svg+xml' },
} as const

/**
 * The page loads its own files alone, is part of no other page, and makes no script from text. Names of peers are text
 * only; this holds even where the page forgets it. Content Security Policy Level 3, Trusted Types.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The folder of the page in the published package. */
export const PUBLISHED_PAGE = fileURLToPath(new URL('./page/', import.meta.url))

/** Serves the page at `/`. Without its files, as in a workspace that was not built, `/` is not found. */
export function addPageRoutes(app: FastifyInstance, folder = PUBLISHED_PAGE): void {
  if (!existsSync(join(folder, FILES['/'].name))) return
  for (const [path, { name, type }] of Object.entries(FILES)) {
    app.get(path, (_, reply) =>
      reply
        .type(type)
        .header('content-security-policy', POLICY)
        .header('referrer-policy', 'no-referrer')
        .header('cross-origin-opener-policy', 'same-origin')
        .header('x-frame-options', 'DENY')
        .send(createReadStream(join(folder, name))),
    )
  }
}
