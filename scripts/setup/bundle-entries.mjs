/** The file in `dist` that lists the JavaScript there, for whoever removes what is left of earlier builds. */
export const madeList = '.bundled.json'

/**
 * The entry points of a package's bundle: the entries and programs of its manifest, and `NAME=SOURCE` for each
 * program that the package starts by its path.
 *
 * @param {{ bin?: Record<string, string>, publishConfig?: { exports?: Record<string, { default: string }> } }} manifest
 * @param {readonly string[]} programs
 */
export function bundleEntries({ bin = {}, publishConfig = {} }, programs) {
  const entries = Object.values(publishConfig.exports ?? {}).map((entry) => entry.default)
  const files = new Set([...entries, ...Object.values(bin)])
  return [
    ...[...files].map((file) => {
      const out = file.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
      return { in: `src/${out}.ts`, out }
    }),
    ...programs.map((program) => {
      const [out = '', source = ''] = program.split('=')
      return { in: source, out }
    }),
  ]
}
