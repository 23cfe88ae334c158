import { malformed } from '../frame/byte-reader.ts'

/** Bytes of a path in UTF-8, at most: Linux takes 4,096 with its final zero. */
export const MAX_PATH = 4000
/** Folders above one another, at most. */
export const MAX_DEPTH = 200

/**
 * The names along a path of the manifest.
 *
 * A path is relative and names only what is below the folder: no empty name, no `.` and `..`, no zero byte.
 * An honest sender never writes others, so they end the transfer: `TRANSFER_MALFORMED`. Names that some system refuses
 * are allowed here and encoded by `PathMapper`.
 */
export function pathNames(path: string): string[] {
  const names = path.split('/')
  if (names.length > MAX_DEPTH) throw malformed(`a path of ${names.length} names`)
  for (const name of names) {
    if (name === '' || name === '.' || name === '..') throw malformed(`the path ${JSON.stringify(path)}`)
    if (name.includes('\0')) throw malformed(`the path ${JSON.stringify(path)}`)
  }
  return names
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Whether any name of the path begins with a dot, so that file managers hide it. */
export function isHidden(path: string): boolean {
  return path.startsWith('.') || path.includes('/.')
}

/** Whether a manifest takes a path of this length and depth. */
export function isPathAllowed(path: string): boolean {
  // A character has at most three bytes for each unit of UTF-16.
  const isShort = 3 * path.length <= MAX_PATH || new TextEncoder().encode(path).length <= MAX_PATH
  return isShort && path.split('/').length <= MAX_DEPTH
}
