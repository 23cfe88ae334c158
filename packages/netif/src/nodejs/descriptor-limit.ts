import { readFileSync } from 'node:fs'

/**
 * The number of file descriptors that this process may have; undefined where the system sets no limit, or does not tell.
 * Node.js raises its own limit to what the user may have, which is 256 on macOS when a service is started.
 */
export function descriptorLimit(): number | undefined {
  return process.platform === 'win32' ? undefined : (limitOfProc() ?? limitOfReport())
}

function limitOfProc(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined // not on Linux, or a sandbox without /proc
  }
}

/** The report of Node.js knows the limit on every POSIX system, and takes some 10 ms. */
function limitOfReport(): number | undefined {
  try {
    const report = process.report.getReport() as unknown as {
      readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } }
    }
    const soft = report.userLimits?.open_files?.soft
    return typeof soft === 'number' ? soft : undefined
  } catch {
    return undefined // reports are switched off
  }
}
