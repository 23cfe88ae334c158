/** Why: a licence that binds our users in ways they do not expect must not come in unnoticed. */
import type { Component } from './bills.ts'

/** Licences that ask for their text and a notice, and for nothing else. */
export const allowedLicences: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
]

/** Whether a licence, or an SPDX expression of several, can be met by allowed ones alone. */
export function isAllowed(licence: string): boolean {
  const text = licence.trim().replace(/^\((.*)\)$/, '$1')
  if (/[()]/.test(text)) return false // Deeper ones are for people to read.
  return text
    .split(/ OR /i)
    .some((part) => part.split(/ AND /i).every((one) => allowedLicences.includes(one.trim())))
}

/** The licence of a component: the text `unknown` is not allowed. */
export function licenceOf({ licenses: [one] = [] }: Component): string {
  return one?.expression ?? one?.license?.id ?? 'unknown'
}

/** A package inside of a bundle. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
}

/** The packages that a `LICENCES.txt` of a bundle names: `cborg 6.1.5 (Apache-2.0)`. */
export function bundledPackages(text: string): BundledPackage[] {
  return [...text.matchAll(/^(@?[\w./-]+) (\d+\.\d+\.\d+\S*) \(([^\n]+)\)\n\n/gm)].map(
    ([, name = '', version = '', licence = '']) => ({ name, version, licence }),
  )
}
