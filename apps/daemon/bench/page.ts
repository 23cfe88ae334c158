/**
 * `pnpm bench page`: the load of the page with 1,000 pipes and ten events a second, as a share of a core. It is measured where
 * the page opens, at its pipes, with all of them shown, and hidden. An empty page takes what the browser takes by itself.
 * Chromium counts the CPU seconds of all threads of the renderer.
 * `BENCH_SECONDS` is the duration of each share (20).
 */
import { createServer, type ServerResponse } from 'node:http'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Browser, CDPSession } from 'playwright-core'
import { buildPage } from '../../page/build.mjs'
import { launchBrowser } from '../src/testdata/browser.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 20)
/** The load of a page, and of a long way to scroll, is over by then. */
const SETTLE_MS = 3000
const PIPES = 1000
const EVENTS_PER_S = 10
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
}

const files = mkdtempSync(join(tmpdir(), 'p2pd-bench-page-'))
await buildPage(files)
const openedAt = new Date().toISOString()
const startedAt = performance.now()
const peerOf = (index: number) => String(index).padStart(4, '0').repeat(14)

/** A pipe as the daemon shows it; each moves bytes all the time. */
const pipeOf = (index: number) => ({
  name: `pipe-${index}`,
  peer: peerOf(index),
  direction: index % 2 === 0 ? 'in' : 'out',
  strategy: (['direct', 'tcp-punch', 'udp-punch', 'relay'] as const)[index % 4],
  local: `192.0.2.1:${1024 + index}`,
  remote: `198.51.100.7:${1024 + index}`,
  rttMs: 20 + (index % 50),
  suspended: false,
  encrypted: true,
  elapsedMs: 300,
  openedAt,
  bytesSent: Math.round((performance.now() - startedAt) * (1 + (index % 7))),
  bytesReceived: Math.round((performance.now() - startedAt) * (1 + (index % 5))),
  unread: 0,
  dropped: 0,
  joined: false,
  moves: [],
  report: ['direct', 'reverse', 'tcp-punch'].map((strategy) => ({
    strategy,
    local: `192.0.2.1:${1024 + index}`,
    remote: `198.51.100.7:${1024 + index}`,
    startMs: 10,
    endMs: 300,
    outcome: strategy === 'tcp-punch' ? 'won' : 'cancelled',
    reason: '',
  })),
})

const node = { id: peerOf(1), publicKey: '', version: '0.0.0', pid: 1, startedAt: openedAt, uptimeMs: 1000 }
const readers = new Set<ServerResponse>()
let asked = 0

/** A stand-in for the daemon: it costs no time of the browser, and has as many pipes as are wanted. */
const server = createServer(({ url = '' }, response) => {
  const path = url.replace(/\?.*/, '')
  if (path.startsWith('/v1/')) asked++
  if (path === '/v1/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    readers.add(response)
    response.on('close', () => readers.delete(response))
    return
  }
  if (path.startsWith('/v1/')) {
    const items = path === '/v1/pipes' ? Array.from({ length: PIPES }, (_, index) => pipeOf(index)) : []
    const body = path === '/v1/node' ? node : { items }
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }
  const name = path === '/' ? 'index.html' : path.slice(1)
  response
    .setHeader('content-type', TYPES[extname(name)] ?? 'text/plain')
    .end(readFileSync(join(files, name)))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

let events = 0
const timer = setInterval(() => {
  const pipe = pipeOf(events % PIPES)
  const event = {
    id: ++events,
    at: new Date().toISOString(),
    type: 'path',
    pipe: pipe.name,
    ...pipe,
  }
  for (const reader of readers)
    reader.write(`id: ${event.id}\nevent: path\ndata: ${JSON.stringify(event)}\n\n`)
}, 1000 / EVENTS_PER_S)

/** CPU seconds of the renderers. */
async function cpuSeconds(browser: Browser): Promise<number> {
  const whole = await browser.newBrowserCDPSession()
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo')
  await whole.detach()
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

/** Seconds in which the main thread of the page was busy. */
async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}

/** The share of a core over some seconds. */
async function share(browser: Browser, session: CDPSession): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const [cpu, tasks, requests, from] = [
    await cpuSeconds(browser),
    await taskSeconds(session),
    asked,
    performance.now(),
  ]
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
  const spent = [(await cpuSeconds(browser)) - cpu, (await taskSeconds(session)) - tasks] as const
  const seconds = (performance.now() - from) / 1000
  const [ofCore, ofTasks] = spent.map((value) => `${((100 * value) / seconds).toFixed(1)} %`)
  return `${ofCore} of a core (tasks of the main thread ${ofTasks}), ${((asked - requests) / seconds).toFixed(1)} requests/s`
}

/** Shows the page in a browser and prints both shares. */
async function measure(browser: Browser): Promise<void> {
  const page = await browser.newPage()
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  console.log(`an empty page: ${await share(browser, session)}`)
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await page.locator('.pipe').nth(20).waitFor()
  console.log(`${PIPES} pipes, ${EVENTS_PER_S} events/s, where it opens: ${await share(browser, session)}`)
  await page.locator('.pipe').first().scrollIntoViewIfNeeded()
  console.log(`at the pipes: ${await share(browser, session)}`)
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.locator('.pipe').nth(500).scrollIntoViewIfNeeded()
  console.log(`all of them shown: ${await share(browser, session)}`)
  await page.locator('.log').scrollIntoViewIfNeeded()
  console.log(`at the log: ${await share(browser, session)}`)
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)
  // V8 collects the garbage of the time before at its leisure, and it is not the hidden page's.
  await session.send('HeapProfiler.collectGarbage')
  console.log(`hidden: ${await share(browser, session)}`)
}

const browser = await launchBrowser()
try {
  if (browser === undefined) throw new Error('this host has no Chromium')
  await measure(browser)
} finally {
  clearInterval(timer)
  await browser?.close()
  server.close()
  server.closeAllConnections()
  rmSync(files, { recursive: true })
}
