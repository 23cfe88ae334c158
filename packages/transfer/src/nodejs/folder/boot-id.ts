import { readFile } from 'node:fs/promises'

let found: Promise<string> | undefined

/**
 * Identifies the run of the operating system since it was started. Empty where the system has no such id: then
 * nothing that was written before is trusted without reading it.
 */
export function bootId(): Promise<string> {
  found ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  return found
}
