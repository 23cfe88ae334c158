import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createIdentity, startNode } from '@p2pd/node/node'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { until } from '@p2pd/netif/testing'
import { startStage } from '../testdata/daemon-stage.ts'
import { attackFrom, EMPTY_PAGE, HOSTILE_FLAGS, pipesOf } from '../testdata/hostile-page.ts'
import { withMovingPipe } from '../testdata/moving-pipe.ts'
import {
  BROWSER_MS,
  call,
  inBrowser,
  live,
  type PageStage,
  startPageStage,
  turn,
  violationsOf,
} from '../testdata/page-stage.ts'

let stage: PageStage
beforeAll(async () => {
  stage = await startPageStage(HOSTILE_FLAGS)
}, BROWSER_MS)
afterEach(() => stage.tidy(), BROWSER_MS)
afterAll(() => stage.close(), BROWSER_MS)

test('D1: the page is small, and its policy lets in its own files alone', async () => {
  const { url } = stage.alice.daemon
  const answers = await Promise.all(
    ['/', '/page.js', '/page.css', '/favicon.svg'].map((path) => fetch(url + path)),
  )
  const bodies = await Promise.all(answers.map((answer) => answer.text()))
  expect(gzipSync(bodies.join('')).length).toBeLessThan(60_000)
  for (const { status, headers } of answers) {
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  }
  // It loads nothing else: only the namespace of SVG and the default address of a daemon look like URLs.
  const hosts = bodies.join('').match(/https?:\/\/[\w.]+/g) ?? []
  expect(hosts.filter((found) => !/\/(?:www\.w3\.org|127\.0\.0\.1)$/.test(found))).toEqual([])
  expect((await fetch(`${url}/page/../package.json`)).status).toBe(404)
})

inBrowser('D1: a call between two daemons is seen in both pages, and closed in one', async () => {
  const { alice, bob, open } = stage
  const [a, b] = await Promise.all([open(alice), open(bob)])
  await live(a)
  expect(await a.locator('.id').textContent()).toBe(alice.node.id)
  await a.getByText('No pipe is open.').waitFor()
  await call(a, bob.node.id)
  const row = a.locator('.pipe')
  await row.getByText('direct').waitFor()
  await b.locator('.pipe-name', { hasText: /^in-\d+$/ }).waitFor()
  await a.getByText(/^Connected by direct after/).waitFor()
  await b.getByText('No call has been made').waitFor()
  await row.getByRole('button', { name: /^Close/ }).click()
  await b.getByText('No pipe is open.').waitFor()
})

inBrowser('G2, D1: a pipe on a relay moves to a direct path, and the page shows it', () =>
  withMovingPipe(stage.files, async ({ stage: own, plugIn, hold }) => {
    const page = await hold(stage.open(own))
    await hold(page.locator('.pipe .by-relay').waitFor())
    await plugIn()
    await hold(page.locator('.pipe .by-relay').waitFor({ state: 'detached' }))
    await hold(page.locator('.pipe .badge').waitFor())
    await hold(page.locator('.log b').getByText('path', { exact: true }).first().waitFor())
  }),
)

inBrowser('H3, H4: two pages pair by a code; a file goes from one to the other, who accepts it', async () => {
  const { alice, bob, folder, open } = stage
  const [a, b] = await Promise.all([open(alice), open(bob)])
  await Promise.all([live(a), live(b)])
  await a.getByRole('button', { name: 'Make a code' }).click()
  const code = await a.locator('.pair-code').textContent()
  await b.getByLabel('Code of the other side').fill(code ?? '')
  await b.getByRole('button', { name: 'Pair', exact: true }).click()
  await Promise.all([a, b].map((page) => page.getByText(/is among your contacts\.$/).waitFor()))
  const { items } = (await alice.json('/v1/contacts')) as { items: { name: string }[] }
  const file = join(folder, '<b>soup.txt')
  writeFileSync(file, 'onions')
  await a.getByLabel('Send files to').fill(items[0]?.name ?? '')
  await a.locator('.drop input[type=file]').setInputFiles(file)
  await b.locator('.transfer', { hasText: '1 file, unknown size: <b>soup.txt' }).waitFor()
  await b.getByRole('button', { name: /^Accept/ }).click()
  await a.getByText(/has arrived\.$/).waitFor()
  await b.getByText(/done: 1 stored/).waitFor()
})

inBrowser('H2: a forward to a port that the peer does not offer says so', async () => {
  const { alice, bob, open } = stage
  const page = await open(alice)
  await page.getByLabel('Port here').fill('0')
  await page.getByLabel('Peer', { exact: true }).fill(bob.node.id)
  await page.getByLabel('Port or service there').fill('22')
  await page.getByRole('button', { name: 'Forward' }).click()
  await page.getByText('the peer does not offer "22" to this node').waitFor()
})

inBrowser(
  'H1: a caller waits until the user of the page lets it in, and has a name from then on',
  async () => {
    const { alice, bob, open } = stage
    const page = await open(alice)
    await live(page)
    await fetch(`${alice.daemon.url}/v1/services/greeting`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"allow":["ask"]}',
    })
    const calling = bob.node.connect(alice.node.id, { service: 'greeting' })
    await page.getByRole('alert').getByText('A caller waits').waitFor()
    await page.locator('.waiting').getByText('greeting').waitFor()
    await page.getByLabel(/^Remember/).fill('bob')
    await page.getByRole('button', { name: /^Accept/ }).click()
    const pipe = await calling
    expect(pipe.service).toBe('greeting')
    await page.locator('.pipe-name', { hasText: /^in-\d+$/ }).waitFor()
    expect(await alice.json('/v1/contacts')).toMatchObject({ items: [{ name: 'bob', target: bob.node.id }] })
    expect(await page.locator('.card-waiting').count()).toBe(0)
    await pipe.close()
  },
)

inBrowser('D1, D3: a daemon that was lost and started again is followed again, with its token', async () => {
  const first = await startStage({ page: stage.files })
  const page = await stage.open(first)
  await live(page)
  await first.close()
  await page.getByText('the daemon does not answer; trying again').waitFor()
  const tokenFile = join(stage.folder, 'token')
  const node = await startNode({ servers: { stun: [], turn: [], mqtt: [] }, identity: createIdentity() })
  const second = await startStage({ page: stage.files, port: first.port, node, tokenFile })
  try {
    const use = async (token: string) => {
      await page.getByRole('textbox', { name: 'Token' }).fill(token)
      await page.keyboard.press('Enter')
    }
    await page.getByText('the daemon wants its token').waitFor()
    await use('guessed')
    await page.getByText('the daemon wants its token').waitFor()
    await use(readFileSync(tokenFile, 'utf8').trim())
    await live(page)
    expect(await page.locator('.id').textContent()).toBe(node.id)
  } finally {
    await second.close()
  }
})

inBrowser('D3: names of peers are text: no element, no script, no turned direction', async () => {
  const { alice, open } = stage
  const page = await open(alice)
  const name = '<img src=x onerror=alert(1)>\u202Egnp.exe'
  await fetch(`${alice.daemon.url}/v1/pipes/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"target":"self"}',
  })
  await page.locator('.pipe-name', { hasText: '<img src=x onerror=alert(1)>\\u{202e}gnp.exe' }).waitFor()
  expect(await page.locator('img').count()).toBe(0)
  expect((await page.locator('body').textContent()) ?? '').not.toContain('\u202E')
})

inBrowser('D1: axe finds nothing, in light, dark and forced colours; 360 px are wide enough', async () => {
  const page = await stage.open(stage.alice)
  await call(page, 'self')
  await page.locator('.pipe').first().waitFor()
  for (const summary of await page.locator('summary').all()) await summary.click()
  for (const view of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', forcedColors: 'active' },
  ] as const) {
    await page.emulateMedia(view)
    if (view.colorScheme === 'dark') await page.setViewportSize({ width: 360, height: 740 })
    expect([view, await violationsOf(page)]).toEqual([view, []])
  }
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
})

inBrowser('D1: a call is saved to a file, opened from it and replayed', async () => {
  const { alice, files, folder, open } = stage
  const page = await open(alice)
  await call(page, 'self')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save' }).click(),
  ])
  const file = join(folder, 'call.json')
  await download.saveAs(file)
  const opened = page.locator('.card-calls input[type=file]')
  await opened.setInputFiles(file)
  await page.getByRole('heading', { name: new RegExp(`^As ${alice.node.id.slice(0, 8)}`) }).waitFor()
  expect(await page.locator('.time-line').count()).toBe(2)
  await page.getByRole('button', { name: 'Replay' }).last().click()
  await page.locator('.cursor').waitFor({ state: 'attached' })
  await opened.setInputFiles(join(files, 'page.css'))
  await page.getByRole('alert').getByText('The file holds no report of a call.').waitFor()
})

inBrowser('D1: a page that is not seen asks nothing, and catches up when it is', async () => {
  const page = await stage.open(stage.alice)
  await page.clock.install()
  await page.reload()
  await call(page, 'self')
  const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/v1/events'))
  await turn(page, 'hidden')
  await ended
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await stage.alice.json('/p2p/open/unseen/self')
  await page.clock.fastForward('10:00')
  expect(requests).toEqual([])
  await turn(page, 'visible')
  await page.locator('.pipe-name', { hasText: 'unseen' }).waitFor()
  await page.clock.fastForward(2500)
  // It asks for the figures of its pipes again.
  await until(
    async () => requests.filter((url) => url.endsWith('/v1/pipes')).length,
    (count) => count > 1,
  )
})

inBrowser(
  'D3: a page of another site, or of another port of loopback, changes nothing and reads nothing',
  async () => {
    const { alice } = stage
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end(EMPTY_PAGE),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await alice.json('/p2p/open/victim/self')
    for (const host of ['attacker.example', '127.0.0.1']) {
      const { read, statuses } = await attackFrom(stage, `http://${host}:${port}`, alice.daemon.url)
      expect(read).toEqual([])
      expect(statuses.filter((status) => ![401, 403].includes(status))).toEqual([])
      expect(await pipesOf(alice)).toEqual(['in-N sent 0', 'victim sent 0'])
    }
    server.close()
    server.closeAllConnections()
  },
)

inBrowser(
  'D3: a page whose name was rebound to this host changes nothing and reads refusals alone',
  async () => {
    const { alice } = stage
    await alice.json('/p2p/open/victim/self')
    const origin = `http://rebound.example:${alice.port}`
    const { read, statuses } = await attackFrom(stage, origin, origin)
    // To the browser it is the page's own origin, so the page may read: the guard has to refuse by the name.
    expect(read.length).toBeGreaterThan(3)
    expect(read.filter((text) => !text.includes('is not allowed: start with --allowed-host'))).toEqual([])
    expect(statuses).toEqual([403])
    expect(await pipesOf(alice)).toEqual(['in-N sent 0', 'victim sent 0'])
  },
)

inBrowser("D3: the page's own origin and programs go on working", async () => {
  const { alice, open } = stage
  const page = await open(alice)
  const opened = await page.evaluate(`fetch('/v1/pipes/own', {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"target":"self"}'
  }).then((answer) => answer.status)`)
  expect(opened).toBe(201)
  // The address bar is a user, not a page.
  expect((await page.goto(`${alice.daemon.url}/version`))?.status()).toBe(200)
  expect((await alice.json('/p2p/con/own')).error).toBe(0)
})
