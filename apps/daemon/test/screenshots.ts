/**
 * `npx tsx --conditions=@p2pd/source apps/daemon/test/screenshots.ts`: pictures of the page for the README, in light and dark.
 * The daemon is a node of the virtual Internet, behind a NAT, with pipes to three peers.
 */
import { presets } from '../../../packages/lab/src/index.ts'
import { far, wait, withNodes } from '../../../packages/lab/test/connect/testbed.ts'
import { virtualTurn } from '../../../packages/lab/test/hosts/virtual-turn.ts'
import { buildPage } from '../../page/build.mjs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../src/testdata/browser.ts'
import { ask } from '../src/testdata/daemon-pair.ts'
import { startStage } from '../src/testdata/daemon-stage.ts'

const PICTURES = fileURLToPath(new URL('../../../docs/images/', import.meta.url))
const PEERS = ['laptop', 'office', 'phone']

const files = mkdtempSync(join(tmpdir(), 'p2pd-screenshots-'))
await buildPage(files)
const browser = await launchBrowser()
if (browser === undefined) throw new Error('this host has no Chromium')

/** One picture of the page at `url`. */
async function picture(chromium: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await chromium.newContext({ colorScheme, viewport: { width: 1180, height: 900 } })
  const page = await context.newPage()
  await page.goto(url)
  await page
    .locator('.pipe')
    .nth(PEERS.length - 1)
    .waitFor()
  await page.locator('.time-line').first().waitFor()
  await page.screenshot({ path: join(PICTURES, `page-${colorScheme}.png`), animations: 'disabled' })
  await context.close()
}

const nats = ['home', 'full-cone-equal', 'port-restricted-preserving', 'symmetric-random'] as const
const hosts = nats.map((name) => far({ nat: presets[name] }))
let servers: Awaited<ReturnType<typeof virtualTurn>> | undefined
const turn = async (net: Parameters<typeof virtualTurn>[0]) => {
  servers = await virtualTurn(net)
  return () => servers?.servers('tcp') ?? []
}
await withNodes({ hosts, turn, stun: 'IPv4' }, async ({ net, nodes }) => {
  const [own, ...peers] = nodes
  if (own === undefined) throw new Error('no node')
  const contactsFile = join(files, 'contacts.json')
  const stage = await net.hold(startStage({ node: own, page: files, contactsFile }))
  for (const [index, name] of PEERS.entries()) {
    const target = peers[index]?.id
    await net.hold(ask(stage, `PUT /v1/contacts/${name}`, { target }))
    const { status, body } = await ask(stage, `PUT /v1/pipes/${name}`, { target })
    console.log(name, status, body['strategy'] ?? body['detail'])
  }
  await wait(net.clock, 3000)
  await net.hold(picture(browser, stage.daemon.url, 'light'))
  await net.hold(picture(browser, stage.daemon.url, 'dark'))
  await stage.close()
})
await browser.close()
rmSync(files, { recursive: true })
