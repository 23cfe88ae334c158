import { ATTACKS, attack } from './attacks.ts'
import { until } from '@p2pd/netif/testing'
import type { Stage } from './daemon-stage.ts'
import type { PageStage } from './page-stage.ts'

/** For a browser that hostile pages attack a daemon from. */
export const HOSTILE_FLAGS = [
  // Names that an attacker owns lead to this host: one of them as after a rebinding.
  '--host-resolver-rules=MAP *.example 127.0.0.1',
  // The browser asks its user before a page reaches the local network. The guard must do without that.
  '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights',
] as const

/** A page without content, to run attacks from. */
export const EMPTY_PAGE = '<!doctype html><title>hostile</title><body></body>'

/**
 * Attacks a daemon from a page at `origin`, and waits until the daemon has refused everything. Returns what the page read, and
 * the statuses of the answers.
 */
export async function attackFrom(stage: PageStage, origin: string, base: string) {
  const context = await stage.browser.newContext()
  // A rebound name serves the attacker's page first, and is the daemon afterwards.
  await context.route(`${origin}/hostile`, (route) =>
    route.fulfill({ contentType: 'text/html', body: EMPTY_PAGE }),
  )
  const page = await context.newPage()
  const statuses = new Set<number>()
  context.on('response', (response) => {
    if (response.url().startsWith(base) && !response.url().endsWith('/hostile'))
      statuses.add(response.status())
  })
  await page.goto(`${origin}/hostile`)
  stage.refusals.length = 0
  const read = await page.evaluate(attack, base)
  const missing = async () => ATTACKS.filter((path) => !stage.refusals.some((one) => one.startsWith(`${path} `)))
  await until(missing, ({ length }) => length === 0)
  return { read, statuses: [...statuses] }
}

/** The bytes that went through each pipe of a daemon that an attack could have changed. */
export async function pipesOf({ json }: Stage): Promise<string[]> {
  const { items } = (await json('/v1/pipes')) as { items: { name: string; bytesSent: number }[] }
  return items.map(({ name, bytesSent }) => `${name.replace(/\d+$/, 'N')} sent ${bytesSent}`).sort()
}
