/** Why: dependencies add up unnoticed, and users pay for them at each installation. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The weight of an installation. */
export interface Weight {
  readonly packages: number
  /** Room on the disk, as `du -sm` counts; undefined where the system has no `du`. */
  readonly megabytes: number | undefined
}

/** The most that `npm i p2pd` may bring: `hyperdht` brings 57 packages and 34 MB. */
export const heaviest = { packages: 85, megabytes: 28 }

/** Weighs `node_modules` below a folder. */
export function weigh(folder: string): Weight {
  const modules = join(folder, 'node_modules')
  return { packages: countPackages(modules), megabytes: diskUsage(modules) }
}

/** Returns a sentence for each limit that an installation exceeds. */
export function overweight({ packages, megabytes = 0 }: Weight): string[] {
  return [
    ...(packages > heaviest.packages
      ? [`npm installs ${packages} packages: at most ${heaviest.packages}`]
      : []),
    ...(megabytes > heaviest.megabytes
      ? [`npm installs ${megabytes} MB: at most ${heaviest.megabytes}`]
      : []),
  ]
}

/** Counts the packages, those inside of packages too, in the list that npm keeps. */
function countPackages(modules: string): number {
  const list = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object }
  return Object.keys(list.packages).length
}

function diskUsage(folder: string): number | undefined {
  try {
    return Number.parseInt(execFileSync('du', ['-sm', folder], { encoding: 'utf8' }), 10)
  } catch {
    return undefined // Windows has no such program.
  }
}
