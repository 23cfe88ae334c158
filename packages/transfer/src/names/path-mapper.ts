import { malformed } from '../frame/byte-reader.ts'
import { encodeClashing, encodeName, foldName, type NameRules } from './encode-name.ts'
import { pathNames } from './relative-path.ts'
import { SeenPaths } from './seen-paths.ts'

/** The folder that holds the parts of unfinished files, in the folder that receives. */
export const PART_FOLDER = '.p2pd-part'

/** Where an entry of the manifest is written. */
export interface MappedPath {
  /** Relative to the receiving folder, with `/`. */
  readonly path: string
  /** Whether no earlier entry was written to this path, as a file or as a folder on the way to one. */
  readonly isNew: boolean
}

/**
 * Maps paths of a manifest to paths on disk. It encodes names that a system refuses, and names that clash with an
 * earlier name when case or composed characters are ignored. The same manifest gives the same paths.
 *
 * Memory is bounded by the number of entries, 32 bytes each, and not by the length of their names.
 */
export class PathMapper {
  readonly #rules: NameRules
  readonly #seen = new SeenPaths()
  #lastParent: readonly [from: string, to: string] = ['', '']

  constructor(rules: NameRules) {
    this.#rules = rules
  }

  /** Maps one path. Throws `TRANSFER_MALFORMED` for a path that is not relative. */
  map(path: string): MappedPath {
    if (path.startsWith('/')) throw malformed(`the path ${JSON.stringify(path)}`)
    const cut = path.lastIndexOf('/')
    const parent = this.#mapParent(cut < 0 ? '' : path.slice(0, cut))
    return this.#mapName(parent, pathNames(path.slice(cut + 1))[0] ?? '')
  }

  #mapParent(parent: string): string {
    if (parent === this.#lastParent[0]) return this.#lastParent[1]
    const to =
      parent === '' ? '' : pathNames(parent).reduce((path, name) => this.#mapName(path, name).path, '')
    this.#lastParent = [parent, to]
    return to
  }

  #mapName(parent: string, name: string): MappedPath {
    const isOurs = parent === '' && foldName(name) === PART_FOLDER
    const first = isOurs ? encodeClashing(name) : encodeName(name, this.#rules)
    const place = this.#place(parent, first)
    if (place.seen !== 'clash') return place
    const second = this.#place(parent, encodeClashing(name))
    // Two names clash only when they differ, and the second encoding keeps every difference.
    return second.seen === 'clash' ? { path: second.path, isNew: false } : second
  }

  #place(parent: string, name: string): MappedPath & { readonly seen: string } {
    const path = parent === '' ? name : `${parent}/${name}`
    const folded = this.#rules.portable ? `${parent}/${foldName(name)}` : `${parent}/${name}`
    const seen = this.#seen.add(folded, path)
    return { path, isNew: seen === 'new', seen }
  }
}
