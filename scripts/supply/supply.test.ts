import { expect, test } from '@jest/globals'
import type { Bill } from './bills.ts'
import { bundledPackages, isAllowed, licenceOf } from './licences.ts'
import { mergedBill } from './merged-bill.ts'

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

test('the merged bill has each component of others with its licence and hash, and what brings it', () => {
  const reference = (name: string) => ({ 'bom-ref': `pkg:npm/${name}@1.0.0`, name, version: '1.0.0' })
  const hashes = [{ alg: 'SHA-512', content: '000000' }]
  const installed = { licenses: [{ license: { id: 'MIT' } }], externalReferences: [{ hashes }] }
  const [b, c] = [
    { ...reference('b'), ...installed },
    { ...reference('c'), ...installed },
  ]
  const ours = { ...reference('netif'), group: '@p2pd' }
  const bill: Bill = {
    metadata: { component: reference('p2pd') },
    components: [ours, c, b],
    dependencies: [{ ref: b['bom-ref'], dependsOn: [c['bom-ref']] }],
  }
  const bundled = [{ name: '@a/b', version: '2.0.0', licence: '(MIT OR ISC)' }]
  const { text, components } = mergedBill('0.1.0', [bill, bill], bundled)
  expect(components.map(licenceOf)).toEqual(['(MIT OR ISC)', 'MIT', 'MIT'])
  expect(licenceOf(ours)).toBe('unknown')
  const made = JSON.parse(text) as Record<string, object[]>
  expect(made['components']).toMatchObject([
    { name: '@a/b', licenses: [{ expression: '(MIT OR ISC)' }], properties: [{ name: 'p2pd:bundled' }] },
    { name: 'b', licenses: [{ license: { id: 'MIT' } }], hashes },
    { name: 'c', hashes },
  ])
  expect(made['dependencies']).toEqual([
    { ref: 'pkg:npm/p2pd@0.1.0', dependsOn: ['pkg:npm/%40a/b@2.0.0', 'pkg:npm/b@1.0.0'] },
    { ref: 'pkg:npm/%40a/b@2.0.0', dependsOn: [] },
    { ref: 'pkg:npm/b@1.0.0', dependsOn: ['pkg:npm/c@1.0.0'] },
    { ref: 'pkg:npm/c@1.0.0', dependsOn: [] },
  ])
})
