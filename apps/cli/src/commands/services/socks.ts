import {
  type Endpoint,
  formatEndpoint,
  listenSocks,
  PING_SERVICE,
  ServiceLinks,
  servicesOf,
} from '@p2pd/node/node'
import { closeInTime } from '../../ending/close-in-time.ts'
import { type Context, untilInterrupted } from '../../context.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { type Caller, withCaller } from '../../user-daemon/with-caller.ts'
import { lookUp } from '../look-up.ts'
import { isNotServed } from '../with-remedy.ts'
import { type LinkSettings, announcedLink } from './link.ts'
import { atLocalEnd } from './local-end.ts'

/** `p2pd socks`: a SOCKS proxy here, by which programs reach what a peer serves, each service by its name or port. */
export async function socks(
  context: Context,
  endpoint: Endpoint,
  target: string,
  how: LinkSettings,
): Promise<void> {
  const { output, interrupted } = context
  const callee = await lookUp(context, target)
  let links: ServiceLinks | undefined
  const reported = new WeakSet<Error>()
  const open: Parameters<typeof listenSocks>[1] = async (destination) => {
    try {
      return await links?.openStream(servicesOf(destination, target))
    } catch (error) {
      // Links remember a refusal for a while: programs ask again at once, and a person reads it once.
      if (isNotServed(error) && !reported.has(error)) output.error(error.message)
      if (error instanceof Error) reported.add(error)
      throw error
    }
  }
  const listener = await atLocalEnd(formatEndpoint(endpoint), () => listenSocks(endpoint, open))
  try {
    await withCaller(context, { announce: false }, async (node, context) => {
      await showProgress(output, `Calling ${target}`, reach(node, callee, how, interrupted))
      links = new ServiceLinks(await announcedLink(context, node, callee, how))
      try {
        const local = formatEndpoint(listener.local)
        output.event({ event: 'forwarding', local, service: '' })
        output.info(
          `SOCKS at ${local}: http://NAME/ is the service NAME of ${target}, localhost:22 its port 22`,
        )
        await untilInterrupted(context.interrupted)
      } finally {
        await closeInTime(links, interrupted)
      }
    })
  } finally {
    listener.close()
  }
}

/** A peer that can't be called is reported at once, not to the first program that wants it. */
async function reach(node: Caller, callee: string, how: LinkSettings, signal: AbortSignal): Promise<void> {
  const { timeout: timeoutMs } = how
  try {
    const pipe = await node.connect(callee, { service: PING_SERVICE, timeoutMs, signal })
    await closeInTime(pipe, signal).catch(() => {}) // The call has succeeded.
  } catch (error) {
    if (!isNotServed(error)) throw error // It answers; services are asked for later.
  }
}
