/**
 * The compiled file of a program that a test starts as a process. `scripts/verify/compile-programs.mjs` has compiled
 * it before the tests of the kind `real`, and lists the names.
 */
export function programFile(name: string): string {
  const folder = process.env['P2PD_TEST_PROGRAMS']
  if (folder === undefined) throw new Error('programs are compiled for tests of the project `real` only')
  return `${folder}/${name}.js`
}
