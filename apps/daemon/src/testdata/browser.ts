import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian and others put it; no browser is ever downloaded. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this host; undefined where there is none. */
export const browserProgram = PROGRAMS.find((path) => existsSync(path))

/** Starts the browser, or nothing where there is none; the test closes it. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser | undefined> {
  if (browserProgram === undefined) return undefined
  return chromium.launch({
    executablePath: browserProgram,
    // Root has no sandbox; the pages are our own.
    args: [...flags, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
}
