import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createIdentity, startNode } from '@p2pd/node/node'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { gzipSync } from 'node:zlib'
import { buildPage } from '../../../page/build.mjs'
import { browserProgram, launchBrowser } from '../testdata/browser.ts'
import { type Stage, withDaemon } from '../testdata/daemon-stage.ts'
import { withPair } from '../testdata/daemon-pair.ts'
import { call, inBrowser, live, openPage } from '../testdata/page-stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'p2pd-page-'))
let browser: Browser
beforeAll(async () => {
  await buildPage(folder)
  if (browserProgram !== undefined) browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

const open = (stage: Stage, options?: BrowserContextOptions) => openPage(browser, stage, options)

test('D1: the page is small, and its policy lets in its own files alone', () =>
  withDaemon(
    async ({ daemon }) => {
      const answers = await Promise.all(
        ['/', '/page.js', '/page.css', '/favicon.svg'].map((path) => fetch(daemon.url + path)),
      )
      const bodies = await Promise.all(answers.map((answer) => answer.text()))
      expect(gzipSync(bodies.join('')).length).toBeLessThan(60_000)
      for (const { status, headers } of answers) {
        expect(status).toBe(200)
        expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
      }
      // It loads nothing else: only the namespace of SVG and the default address of a daemon look like URLs.
      const hosts = bodies.join('').match(/https?:\/\/[\w.]+/g) ?? []
      expect(hosts.filter((url) => !/\/(?:www\.w3\.org|127\.0\.0\.1)$/.test(url))).toEqual([])
      expect((await fetch(`${daemon.url}/page/../package.json`)).status).toBe(404)
    },
    { page: folder },
  ))

inBrowser('D1: a call between two daemons is seen in both pages, and closed in one', () =>
  withDaemon(
    async (alice) => {
      await withDaemon(
        async (bob) => {
          const [a, b] = await Promise.all([open(alice), open(bob)])
          await live(a.page)
          expect(await a.page.locator('.id').textContent()).toBe(alice.node.id)
          await a.page.getByText('No pipe is open.').waitFor()
          await call(a.page, await bob.node.address())
          const row = a.page.locator('.pipe')
          await row.getByText('direct').waitFor()
          await b.page.locator('.pipe-name', { hasText: 'in-1' }).waitFor()
          await a.page.getByText(/^Connected by direct after/).waitFor()
          await b.page.getByText('No call has been made').waitFor()
          await row.getByRole('button', { name: /^Close/ }).click()
          await b.page.getByText('No pipe is open.').waitFor()
          expect([...a.faults, ...b.faults]).toEqual([])
        },
        { page: folder },
      )
    },
    { page: folder },
  ),
)

inBrowser(
  'H1: a caller waits until the user of the page lets it in, and has a name from then on',
  async () => {
    const servers = { stun: [], turn: [], mqtt: [] }
    const undecided = () => new Promise<boolean>(() => {})
    const admit = ({ service }: { service: string }) => service === '' || undecided()
    const node = await startNode({ servers, identity: createIdentity(), admit })
    const contactsFile = join(folder, 'contacts.json')
    await withDaemon(
      async (stage) => {
        const { page, faults } = await open(stage)
        await live(page)
        await fetch(`${stage.daemon.url}/v1/services/greeting`, { method: 'PUT' })
        await withDaemon(async ({ node: caller }) => {
          const calling = caller.connect(await node.address(), { service: 'greeting' })
          await page.getByRole('alert').getByText('A caller waits').waitFor()
          await page.locator('.waiting').getByText('greeting').waitFor()
          await page.getByLabel(/^Remember/).fill('bob')
          await page.getByRole('button', { name: /^Accept/ }).click()
          expect((await calling).service).toBe('greeting')
          await page.locator('.pipe-name', { hasText: 'in-1' }).waitFor()
          expect(await stage.json('/v1/contacts')).toMatchObject({
            items: [{ name: 'bob', target: caller.id }],
          })
          expect(await page.locator('.card-waiting').count()).toBe(0)
        })
        expect(faults).toEqual([])
      },
      { page: folder, node, contactsFile },
    )
  },
)

inBrowser('D1: a daemon that was lost and started again is followed again', async () => {
  const servers = { stun: [], turn: [], mqtt: [] }
  let port = 0
  let page: Page | undefined
  await withDaemon(
    async (stage) => {
      port = stage.port
      page = (await open(stage)).page
      await live(page)
    },
    { page: folder },
  )
  await page?.getByText('the daemon does not answer; trying again').waitFor()
  const node = await startNode({ servers, identity: createIdentity() })
  await withDaemon(
    async () => {
      await page?.locator('.id', { hasText: node.id.slice(0, 8) }).waitFor()
      if (page) await live(page)
    },
    { page: folder, port, node },
  )
})

inBrowser('D3: names of peers are text: no element, no script, no turned direction', () =>
  withDaemon(
    async (stage) => {
      const { page, faults } = await open(stage)
      await live(page)
      const name = '<img src=x onerror=alert(1)>\u202Egnp.exe'
      await fetch(`${stage.daemon.url}/v1/pipes/${encodeURIComponent(name)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"target":"self"}',
      })
      await page.locator('.pipe-name', { hasText: '<img src=x onerror=alert(1)>\\u{202e}gnp.exe' }).waitFor()
      expect(await page.locator('img').count()).toBe(0)
      const text = (await page.locator('body').textContent()) ?? ''
      expect(text).not.toContain('\u202E')
      expect(faults).toEqual([])
    },
    { page: folder },
  ),
)

inBrowser(
  'D1: axe finds nothing, in light, dark and forced colours; 360 px are wide enough',
  () =>
    withDaemon(
      async (stage) => {
        const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
        for (const options of [
          { colorScheme: 'light' },
          { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
          { colorScheme: 'light', forcedColors: 'active' },
        ] as const) {
          const { page, faults } = await open(stage, options)
          await live(page)
          if (options.colorScheme === 'light' && !('forcedColors' in options)) await call(page, 'self')
          await page.locator('.pipe').first().waitFor()
          for (const summary of await page.locator('summary').all()) await summary.click()
          await page.evaluate(axe)
          const violations = await page.evaluate(async () => {
            const { axe: engine } = globalThis as unknown as {
              axe: {
                run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
              }
            }
            const found = await engine.run({ resultTypes: ['violations'] })
            return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))])
          })
          expect([options, violations]).toEqual([options, []])
          if ('viewport' in options)
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
          expect(faults).toEqual([])
          await page.context().close()
        }
      },
      { page: folder },
    ),
  60_000,
)

inBrowser('D1: a call is saved to a file, opened from it and replayed', () =>
  withDaemon(
    async (stage) => {
      const { page, faults } = await open(stage)
      await live(page)
      await call(page, 'self')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save' }).click(),
      ])
      const file = join(stage.folder, 'call.json')
      await download.saveAs(file)
      await page.locator('.card-calls input[type=file]').setInputFiles(file)
      await page.getByRole('heading', { name: new RegExp(`^As ${stage.node.id.slice(0, 8)}`) }).waitFor()
      expect(await page.locator('.time-line').count()).toBe(2)
      await page.getByRole('button', { name: 'Replay' }).last().click()
      await page.locator('.cursor').waitFor({ state: 'attached' })
      await page.locator('.card-calls input[type=file]').setInputFiles(join(folder, 'page.css'))
      await page.getByRole('alert').getByText('The file holds no report of a call.').waitFor()
      expect(faults).toEqual([])
    },
    { page: folder },
  ),
)

inBrowser('D3: a daemon with a token asks for it; a wrong one is asked for again', () =>
  withDaemon(
    async (stage) => {
      const { page, faults } = await open(stage)
      const use = async (token: string) => {
        await page.getByRole('textbox', { name: 'Token' }).fill(token)
        await page.keyboard.press('Enter')
      }
      await page.getByText('the daemon wants its token').waitFor()
      expect(await page.locator('.id').count()).toBe(0)
      await use('guessed')
      await page.getByText('the daemon wants its token').waitFor()
      await use(readFileSync(join(folder, 'token'), 'utf8').trim())
      await live(page)
      expect(faults).toEqual([])
    },
    { page: folder, tokenFile: join(folder, 'token') },
  ),
)

inBrowser('D1: a page that is not seen asks nothing, and catches up when it is', () =>
  withDaemon(
    async (stage) => {
      const { page } = await open(stage)
      await live(page)
      await call(page, 'self')
      const see = (state: string) =>
        page.evaluate(`
          Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
          document.dispatchEvent(new Event('visibilitychange'))`)
      const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/v1/events'))
      await see('hidden')
      await ended
      const requests: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      await stage.json('/p2p/open/unseen/self')
      // Longer than the page waits between two readings of the figures.
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(requests).toEqual([])
      await see('visible')
      await page.locator('.pipe-name', { hasText: 'unseen' }).waitFor()
    },
    { page: folder },
  ),
)

inBrowser('H3, H4: two pages pair by a code; a file goes from one to the other, who accepts it', () =>
  withPair(
    async (alice, bob, place) => {
      const [a, b] = await Promise.all([open(alice), open(bob)])
      await Promise.all([live(a.page), live(b.page)])
      await a.page.getByRole('button', { name: 'Make a code' }).click()
      const code = await a.page.locator('.pair-code').textContent()
      await b.page.getByLabel('Code of the other side').fill(code ?? '')
      await b.page.getByRole('button', { name: 'Pair', exact: true }).click()
      for (const { page } of [a, b]) await page.getByText(/is among your contacts\.$/).waitFor()
      const { items } = (await alice.json('/v1/contacts')) as { items: { name: string }[] }
      const name = '<b>soup.txt'
      const file = join(place, name)
      writeFileSync(file, 'onions')
      await a.page.getByLabel('Send files to').fill(items[0]?.name ?? '')
      await a.page.locator('.drop input[type=file]').setInputFiles(file)
      await b.page.locator('.transfer', { hasText: '1 file, unknown size: <b>soup.txt' }).waitFor()
      await b.page.getByRole('button', { name: /^Accept/ }).click()
      await a.page.getByText(/has arrived\.$/).waitFor()
      await b.page.getByText(/done: 1 stored/).waitFor()
      await a.page.getByLabel('Port here').fill('0')
      await a.page.getByLabel('Peer', { exact: true }).fill(await bob.node.address())
      await a.page.getByLabel('Port or service there').fill('22')
      await a.page.getByRole('button', { name: 'Forward' }).click()
      await a.page.getByText('the peer does not offer "22" to this node').waitFor()
      expect([...a.faults, ...b.faults]).toEqual([])
    },
    { page: folder },
  ),
)
