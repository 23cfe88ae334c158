import { expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { buildPage } from '../../../page/build.mjs'
import { browserProgram, launchBrowser } from './browser.ts'
import { startPair, type StagePair } from './daemon-pair.ts'
import type { Stage } from './daemon-stage.ts'

/** A browser with two pages, on a machine that does other work: ten times what a quiet one takes. */
export const BROWSER_MS = 60_000

/** A test that needs the browser of this host. */
export function inBrowser(title: string, work: () => Promise<void>): void {
  const define = browserProgram === undefined ? test.skip : test
  define(title, work, BROWSER_MS)
}

/** For anything that the page is to show: a busy machine takes its time. */
const PATIENCE_MS = 10_000

/** One browser for all tests of a file, and two daemons that serve the page. */
export interface PageStage extends StagePair {
  readonly browser: Browser
  /** The folder of the page's files. */
  readonly files: string
  /** Requests that the daemons refused, each as `<path> <reason>`. */
  readonly refusals: string[]
  /** Opens the page of a daemon in a new context. */
  open(stage: Pick<Stage, 'daemon'>, options?: BrowserContextOptions): Promise<Page>
  /** Closes pages and pipes, forgets contacts, and expects that nothing went wrong in any page. */
  tidy(): Promise<void>
}

/** Builds the page, starts the browser and the daemons. */
export async function startPageStage(flags: readonly string[]): Promise<PageStage> {
  const files = mkdtempSync(join(tmpdir(), 'p2pd-page-'))
  const [browser] = await Promise.all([launchBrowser(flags), buildPage(files)])
  const refusals: string[] = []
  const log = (event: string, fields: object) => {
    const { path, reason } = fields as { path?: string; reason?: string }
    if (event === 'refused') refusals.push(`${path ?? ''} ${reason ?? ''}`)
  }
  const pair = await startPair({ page: files, log })
  const faults: string[] = []
  return {
    ...pair,
    browser: browser as Browser,
    files,
    refusals,
    open: (stage, options) => openPage(browser as Browser, { stage, options, faults }),
    tidy: async () => {
      await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
      await Promise.all([pair.alice, pair.bob].map(forgetEverything))
      expect(faults.splice(0)).toEqual([])
    },
    close: async () => {
      await browser?.close()
      await pair.close()
      rmSync(files, { recursive: true })
    },
  }
}

/** Closes the pipes of a daemon, and forgets its contacts. */
async function forgetEverything({ daemon, json }: Stage): Promise<void> {
  for (const list of ['pipes', 'contacts']) {
    const { items } = (await json(`/v1/${list}`)) as { items: { name: string }[] }
    for (const { name } of items)
      await fetch(`${daemon.url}/v1/${list}/${encodeURIComponent(name)}`, { method: 'DELETE' })
  }
}

/** A page of a daemon; everything that goes wrong in it is a fault. */
async function openPage(
  browser: Browser,
  how: {
    readonly stage: Pick<Stage, 'daemon'>
    readonly options: BrowserContextOptions | undefined
    readonly faults: string[]
  },
): Promise<Page> {
  const { stage, options = {}, faults } = how
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    // A daemon that is gone, or that wants its token, is a failed request in the console. A breach of the policy is an error.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text())
  })
  await page.goto(stage.daemon.url)
  return page
}

/** The words beside the title say that the page is live. */
export const live = (page: Page) => page.getByRole('status').filter({ hasText: 'live' }).waitFor()

/** Calls a peer by the form of the page. */
export async function call(page: Page, target: string): Promise<void> {
  await page.getByLabel('Call a peer').fill(target)
  await page.keyboard.press('Enter')
  await page.getByText(/^The pipe .* is open\.$/).waitFor()
}

/** Tells the page that its tab is seen, or is not. */
export const turn = (page: Page, state: 'visible' | 'hidden') =>
  page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)

const AXE_FILE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
}

/** The rules that axe finds broken in what the page shows now, and where. */
export async function violationsOf(page: Page): Promise<[string, string[]][]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(readFileSync(AXE_FILE, 'utf8'))
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))])
  })
}
