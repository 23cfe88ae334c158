import { UNSEEN } from './escape-name.ts'
import { MAX_PATH } from './relative-path.ts'

/**
 * Whether a symbolic link at `path` may point to `target`: relative, and inside the receiving folder.
 *
 * `..` is allowed at the beginning only, and not beyond the folder. A `..` after a name would be resolved by the system
 * behind a link of that name, so that several links together could lead outside.
 */
export function isLinkInside(path: string, target: string): boolean {
  if (target === '' || target.length > MAX_PATH || UNSEEN.test(target)) return false
  if (/^[/\\]|^[a-z]:|\\/i.test(target)) return false
  const names = target.split('/').filter((name) => name !== '' && name !== '.')
  const climbs = names.findIndex((name) => name !== '..')
  const ups = climbs < 0 ? names.length : climbs
  return ups < path.split('/').length && !names.slice(ups).includes('..')
}
