/** Why: manifests are compared with the packages that the sources really import. */
import ts from 'typescript'

/** The packages that a text mentions: imports, re-exports, dynamic imports, `require`, `import()` in types. */
export function importedPackages(text: string): string[] {
  return ts.preProcessFile(text).importedFiles.map(({ fileName }) => packageName(fileName))
}

/** `@p2pd/stun` of `@p2pd/stun/node`, `cborg` of `cborg/json`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
