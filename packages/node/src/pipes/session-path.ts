import type { SessionPath } from '@p2pd/session'
import { datagramChannelOf } from './datagrams.ts'
import { type Path, transportOf } from './path.ts'

/**
 * NATs have to keep an idle TCP connection for two hours and four minutes (RFC 5382 REQ-5). Home routers that do not were
 * measured at four minutes and more [Hatonen 2010].
 */
const TCP_LIFETIME_MS = 240_000

/** A path whose lifetime in silence may be measured while it is in use. */
export type MeasuredPath = SessionPath & { mappingLifetimeMs?: number | undefined }

/** A path as its session sees it. Over UDP the lifetime is unknown where nobody measured it. */
export function sessionPathOf(path: Path): MeasuredPath {
  const { stream } = path
  const datagrams = datagramChannelOf(path)
  const { mappingLifetimeMs = transportOf(path) === 'tcp' ? TCP_LIFETIME_MS : undefined } = path
  return {
    stream,
    ...(datagrams && { datagrams }),
    ...(mappingLifetimeMs !== undefined && { mappingLifetimeMs }),
  }
}
