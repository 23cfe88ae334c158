import { test } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserProgram } from './browser.ts'
import type { Stage } from './daemon-stage.ts'

/** A test that needs the browser of this host. */
export const inBrowser: (title: string, work: () => Promise<void>, timeoutMs?: number) => void =
  browserProgram === undefined ? test.skip : test

/** For anything that the page is to show: a busy machine takes its time. */
const PATIENCE_MS = 10_000

/** A page of a daemon, and everything that went wrong in it. */
export async function openPage(browser: Browser, { daemon }: Pick<Stage, 'daemon'>, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
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
  await page.goto(daemon.url)
  return { page, faults }
}

/** The words beside the title say that the page is live. */
export const live = (page: Page) => page.getByRole('status').filter({ hasText: 'live' }).waitFor()

/** Calls a peer by the form of the page. */
export async function call(page: Page, target: string): Promise<void> {
  await page.getByLabel('Call a peer').fill(target)
  await page.keyboard.press('Enter')
  await page.getByText(/^The pipe .* is open\.$/).waitFor()
}
