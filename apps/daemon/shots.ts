import { withBrowser } from './src/testdata/browser.ts'
import { startDaemon } from './src/index.ts'
import { createIdentity, startNode } from '../../packages/node/src/nodejs/index.ts'
import { startInfra } from '@p2pd/infra'
// @ts-ignore
import { buildPage } from '../page/build.mjs'
const infra = await startInfra({ hosts: ['127.0.0.1', '127.0.0.2'] } as never)
const servers = infra.servers
await buildPage('/tmp/page-try/dist')
const start = async () =>
  startDaemon({
    node: await startNode({ servers, identity: createIdentity() }),
    port: 0,
    page: '/tmp/page-try/dist',
  })
const [a, b] = await Promise.all([start(), start()])
const idB = ((await (await fetch(b.url + '/v1/node')).json()) as any).id
await withBrowser(async (browser) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } })
    page.on('console', (m) => console.log(colorScheme, m.type(), m.text()))
    page.on('pageerror', (e) => console.log('ERROR', e.message))
    await page.goto(a.url)
    await page.waitForSelector('.card-node .id')
    if (colorScheme === 'light') {
      for (const target of ['self', idB]) {
        await page.fill('.card-pipes input', target)
        await page.click('.card-pipes button[type=submit]')
        await page.waitForFunction(() =>
          document.querySelector('.card-pipes [role=status]')?.textContent?.includes('open'),
        )
      }
      void (async () => {
        for (;;) {
          await fetch(a.url + '/p2p/send/self/ECHO%20' + 'x'.repeat((Math.random() * 4000) | 0)).catch(
            () => {},
          )
          await new Promise((r) => setTimeout(r, 150))
        }
      })()
      await page.waitForTimeout(9000)
    }
    await page.waitForTimeout(6000)
    await page.screenshot({ path: `/tmp/page-try/${colorScheme}.png`, fullPage: true })
  }
  const narrow = await browser.newPage({ viewport: { width: 360, height: 800 } })
  await narrow.goto(a.url)
  await narrow.waitForSelector('.card-node .id')
  await narrow.waitForTimeout(800)
  console.log(await narrow.evaluate(() => document.documentElement.scrollWidth))
  await narrow.screenshot({ path: '/tmp/page-try/narrow.png', fullPage: true })
})
await Promise.all([a.close(), b.close()])
await infra.close()
process.exit()
