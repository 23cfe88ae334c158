import type { Interface } from '../../interfaces/interface.ts'
import { parseWindowsSnapshot, WINDOWS_SCRIPT } from '../../windows/powershell.ts'
import { windowsInterfaces } from '../../windows/windows-interfaces.ts'
import { defaultSources } from './default-sources.ts'
import { runProgram, windowsProgram } from './run-program.ts'

/** Asks PowerShell once for everything: starting it is what takes the time. */
export async function readWindows(): Promise<Interface[]> {
  // Base64 of UTF-16 needs no quoting.
  const command = Buffer.from(WINDOWS_SCRIPT, 'utf16le').toString('base64')
  const [text, sources] = await Promise.all([
    runProgram(windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe'), [
      '-NoProfile',
      '-NonInteractive',
      '-EncodedCommand',
      command,
    ]),
    defaultSources(),
  ])
  return windowsInterfaces(parseWindowsSnapshot(text), sources)
}
