import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { attack, attackOptions } from '../testdata/attacks.ts'
import { browserProgram, launchBrowser } from '../testdata/browser.ts'
import { type Stage, withDaemon } from '../testdata/daemon-stage.ts'

const inBrowser = browserProgram === undefined ? test.skip : test

const PAGE = '<!doctype html><title>hostile</title><body></body>'
let browser: Browser
let hostile: Server
let hostilePort = 0
const refusals: string[] = []
beforeAll(async () => {
  if (browserProgram === undefined) return
  browser = await launchBrowser([
    // Names that an attacker owns lead to this host: one of them as after a rebinding.
    '--host-resolver-rules=MAP *.example 127.0.0.1',
    // The browser asks its user before a page reaches the local network. The guard must do without that.
    '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights',
  ])
  hostile = createServer((_, response) => response.setHeader('content-type', 'text/html').end(PAGE))
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve))
  hostilePort = (hostile.address() as AddressInfo).port
})
afterAll(async () => {
  await browser?.close()
  hostile?.close()
  hostile?.closeAllConnections()
})

/** Attacks a daemon from a page at `origin`; returns what it read, and the statuses that it was answered. */
async function attackFrom(origin: string, base: string) {
  const context = await browser.newContext()
  // A rebound name serves the attacker's page first, and is the daemon afterwards.
  await context.route(`${origin}/hostile`, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
  const page = await context.newPage()
  const statuses: number[] = []
  context.on('response', (response) => {
    if (response.url().startsWith(base) && !response.url().endsWith('/hostile'))
      statuses.push(response.status())
  })
  await page.goto(`${origin}/hostile`)
  const read = await page.evaluate(attack, attackOptions(base))
  await context.close()
  return { read, statuses }
}

/** The daemon holds its one pipe as before, and nothing went through it. */
async function isUntouched({ json }: Stage): Promise<void> {
  const { items } = (await json('/v1/pipes')) as { items: { name: string; bytesSent: number }[] }
  expect(items.map(({ name, bytesSent }) => `${name} sent ${bytesSent}`).sort()).toEqual([
    'in-1 sent 0',
    'victim sent 0',
  ])
}

for (const [from, originOf] of [
  ['another site', () => `http://attacker.example:${hostilePort}`],
  ['another port of loopback', () => `http://127.0.0.1:${hostilePort}`],
] as const) {
  inBrowser(`D3: a page of ${from} changes nothing and reads nothing`, () =>
    withDaemon(
      async (stage) => {
        await stage.json('/p2p/open/victim/self')
        refusals.length = 0
        const { read, statuses } = await attackFrom(originOf(), stage.daemon.url)
        expect(read).toEqual([])
        // They came through to the daemon, from elements, forms, windows, sockets and scripts.
        expect(refusals.length).toBeGreaterThan(15)
        expect([...new Set(statuses)].filter((status) => ![401, 403].includes(status))).toEqual([])
        await isUntouched(stage)
      },
      { log: (event) => void (event === 'refused' && refusals.push(event)) },
    ),
  )
}

inBrowser('D3: a page whose name was rebound to this host changes nothing and reads refusals alone', () =>
  withDaemon(async (stage) => {
    await stage.json('/p2p/open/victim/self')
    const origin = `http://rebound.example:${stage.port}`
    const { read, statuses } = await attackFrom(origin, origin)
    // To the browser it is the page's own origin, so the page may read: the guard has to refuse by the name.
    expect(read.length).toBeGreaterThan(3)
    expect(read.filter((text) => !text.includes('is not allowed: start with --allowed-host'))).toEqual([])
    expect([...new Set(statuses)]).toEqual([403])
    await isUntouched(stage)
  }),
)

inBrowser("D3: the page's own origin and programs go on working", () =>
  withDaemon(async (stage) => {
    const context = await browser.newContext()
    await context.route(`${stage.daemon.url}/own`, (route) =>
      route.fulfill({ contentType: 'text/html', body: PAGE }),
    )
    const page = await context.newPage()
    await page.goto(`${stage.daemon.url}/own`)
    const opened = await page.evaluate(`fetch('/v1/pipes/own', {
      method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"target":"self"}'
    }).then((answer) => answer.status)`)
    expect(opened).toBe(201)
    // The address bar is a user, not a page.
    expect((await page.goto(`${stage.daemon.url}/version`))?.status()).toBe(200)
    await context.close()
    expect((await stage.json('/p2p/con/own')).error).toBe(0)
  }),
)
