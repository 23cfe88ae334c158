import { expect, test } from '@jest/globals'
import { bundledPackages, isAllowed } from './licences.ts'
import { shippedPackages } from './lockfile.ts'
import { packageUrl, sbom } from './sbom.ts'

const lockfile = `lockfileVersion: '9.0'
importers:
  .:
    devDependencies:
      tool: { specifier: 1.0.0, version: 1.0.0 }
  packages/p2pd:
    dependencies:
      '@p2pd/netif': { specifier: workspace:*, version: link:../netif }
      mqtt: { specifier: 5.0.0, version: 5.0.0(peer@1.0.0) }
    optionalDependencies:
      other: { specifier: npm:real@2.0.0, version: real@2.0.0 }
packages:
  mqtt@5.0.0: { resolution: { integrity: sha512-AAAA } }
  real@2.0.0: { resolution: { integrity: sha512-BBBB }, os: [linux] }
  '@a/b@1.2.3': { resolution: {} }
  tool@1.0.0: { resolution: {} }
snapshots:
  mqtt@5.0.0(peer@1.0.0):
    dependencies: { '@a/b': 1.2.3(peer@1.0.0) }
  '@a/b@1.2.3(peer@1.0.0)': {}
  real@2.0.0: {}
  tool@1.0.0: {}
`

test('an installation brings dependencies of dependencies, aliases by their real names, and no tools', () => {
  const found = shippedPackages(lockfile, ['packages/p2pd'])
  expect([...found.keys()]).toEqual(['mqtt@5.0.0', 'real@2.0.0', '@a/b@1.2.3'])
  expect(found.get('mqtt@5.0.0')).toEqual({
    name: 'mqtt',
    version: '5.0.0',
    integrity: 'sha512-AAAA',
    isForOneSystem: false,
    brings: ['@a/b@1.2.3'],
  })
  expect(found.get('real@2.0.0')?.isForOneSystem).toBe(true)
})

test('only licences that ask for a notice are allowed', () => {
  for (const good of ['MIT', '(MIT OR GPL-3.0)', 'MIT AND Apache-2.0', '(BSD-2-Clause OR MIT)'])
    expect([good, isAllowed(good)]).toEqual([good, true])
  for (const bad of ['GPL-3.0', 'MIT AND GPL-3.0', 'unknown', '', 'SEE LICENSE IN x', '((MIT) OR GPL-3.0)'])
    expect([bad, isAllowed(bad)]).toEqual([bad, false])
})

test('a bundle names its packages', () => {
  const text = 'cborg 6.1.5 (Apache-2.0)\n\nThe text 1.0.0 (of it)\n\n@a/b 1.2.3 (MIT)\n\nAnother'
  expect(bundledPackages(text)).toEqual([
    { name: 'cborg', version: '6.1.5', licence: 'Apache-2.0' },
    { name: '@a/b', version: '1.2.3', licence: 'MIT' },
  ])
})

test('the bill of materials has each component with its URL, licence and hash, and the dependencies between them', () => {
  const common = { version: '1.0.0', isBundled: false, isForOneSystem: false }
  const text = sbom({ name: 'p2pd', version: '0.1.0' }, [
    { ...common, name: '@a/b', licence: 'MIT', integrity: 'sha512-AAAA', brings: [] },
    {
      ...common,
      name: 'c',
      licence: '(MIT OR ISC)',
      integrity: undefined,
      brings: ['@a/b@1.0.0'],
      isBundled: true,
    },
  ])
  const { components, dependencies } = JSON.parse(text) as Record<string, object[]>
  expect(packageUrl({ name: '@a/b', version: '1.0.0' })).toBe('pkg:npm/%40a/b@1.0.0')
  expect(components).toMatchObject([
    { licenses: [{ license: { id: 'MIT' } }], hashes: [{ alg: 'SHA-512', content: '000000' }] },
    { licenses: [{ expression: '(MIT OR ISC)' }], properties: [{ name: 'p2pd:bundled', value: 'true' }] },
  ])
  expect(dependencies).toEqual([
    { ref: 'pkg:npm/p2pd@0.1.0', dependsOn: ['pkg:npm/c@1.0.0'] },
    { ref: 'pkg:npm/%40a/b@1.0.0', dependsOn: [] },
    { ref: 'pkg:npm/c@1.0.0', dependsOn: ['pkg:npm/%40a/b@1.0.0'] },
  ])
})
