/**
 * `npx tsx --conditions=@p2pd/source apps/daemon/test/screenshots.ts`: pictures of the page for the README, in light and dark.
 * The daemon is a node of the virtual Internet, behind a NAT, with pipes to three peers.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { presets } from '../../../packages/lab/src/index.ts'
import { far, type Testbed, wait, withNodes } from '../../../packages/lab/test/connect/testbed.ts'
import { virtualTurn } from '../../../packages/lab/test/hosts/virtual-turn.ts'
import { buildPage } from '../../page/build.mjs'
import { launchBrowser } from '../src/testdata/browser.ts'
import { ask } from '../src/testdata/daemon-pair.ts'
import { type Stage, startStage } from '../src/testdata/daemon-stage.ts'

const PICTURES = fileURLToPath(new URL('../../../docs/images/', import.meta.url))

/** Each peer is behind another NAT. One of them is called by a relay. */
const PEERS = [
  { name: 'office', nat: presets['full-cone-equal'] },
  { name: 'phone', nat: presets['symmetric-random'] },
  { name: 'laptop', nat: presets['port-restricted-preserving'], relay: 'only' },
] as const

/** Pixels: of the window, which shows the whole page because rows out of view stand still, and around the cards. */
const [WIDTH, HEIGHT, MARGIN] = [1040, 3000, 12]

/** Seconds of traffic that the sparklines show. */
const TRAFFIC_S = 60

const files = mkdtempSync(join(tmpdir(), 'p2pd-screenshots-'))
await buildPage(files)
const browser = await launchBrowser()
if (browser === undefined) throw new Error('this host has no Chromium')
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } })

/** The virtual Internet has stand-ins for brokers and for TLS: the page shows them as the real ones. */
async function showAsReal(): Promise<void> {
  await page.route('**/v1/brokers', (route) =>
    route.fulfill({ json: { items: [{ url: 'mqtts://mqtt.example:8883', state: 'up' }] } }),
  )
  await page.route('**/v1/pipes', async (route) => {
    const response = await route.fetch()
    const { items } = (await response.json()) as { items: object[] }
    await route.fulfill({ response, json: { items: items.map((pipe) => ({ ...pipe, encrypted: true })) } })
  })
}

/** Traffic in all pipes, a different one in each; the peers echo it. */
async function chat({ net }: Testbed, daemon: Pick<Stage, 'daemon'>): Promise<void> {
  for (let second = 0; second < TRAFFIC_S; second++) {
    for (const [index, { name }] of PEERS.entries()) {
      const text = 'x'.repeat(2000 * (2 + Math.sin(second / (index + 2)) * (1 + index / 2)))
      await ask(daemon, `POST /v1/pipes/${name}/messages`, { text })
    }
    await wait(net.clock, 1000)
    await net.hold(page.waitForTimeout(1000))
  }
}

/** Where the cards from one to another are, with their margin. */
async function areaOf(from: string, to: string) {
  const [first, last] = [await page.locator(from).boundingBox(), await page.locator(to).boundingBox()]
  if (first === null || last === null) throw new Error(`the page does not show ${from} and ${to}`)
  const y = first.y - MARGIN
  return { x: 0, y, width: WIDTH, height: last.y + last.height + MARGIN - y }
}

/** Light and dark pictures of the network and its pipes, and of the longest call. */
async function takePictures(): Promise<void> {
  await page.locator('.card-calls select').selectOption({ index: 1 })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [name, from, to] of [
      ['page', '.card-network', '.card-pipes'],
      ['call', '.card-calls', '.card-calls'],
    ] as const)
      await page.screenshot({
        path: join(PICTURES, `${name}-${colorScheme}.png`),
        clip: await areaOf(from, to),
        fullPage: true,
        animations: 'disabled',
      })
  }
}

const hosts = [presets.home, ...PEERS.map(({ nat }) => nat)].map((nat) => far({ nat }))
const turn = async (net: Testbed['net']) => {
  const server = await virtualTurn(net)
  return () => server.servers('tcp')
}
try {
  await withNodes({ hosts, turn, stun: 'IPv4' }, async (testbed) => {
    const { net, nodes } = testbed
    const [own, ...peers] = nodes
    if (own === undefined) throw new Error('no node')
    const contactsFile = join(files, 'contacts.json')
    const stage = await net.hold(startStage({ node: own, page: files, contactsFile }))
    for (const [index, { name, ...options }] of PEERS.entries()) {
      const target = peers[index]?.id
      const { relay } = { relay: 'last', ...options }
      const { status, body } = await ask(stage, `PUT /v1/pipes/${name}`, { target, relay })
      console.log(name, status, body['strategy'] ?? body['detail'])
    }
    await net.hold(showAsReal())
    await net.hold(page.goto(stage.daemon.url))
    await chat(testbed, stage)
    await net.hold(takePictures())
    await net.hold(page.unrouteAll({ behavior: 'wait' }))
    await stage.close()
  })
} finally {
  await browser.close()
  rmSync(files, { recursive: true })
}
