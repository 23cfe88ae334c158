import { expect, test } from '@jest/globals'
import { fieldMatrixPresets, fieldNames, findPreset, problemsOf, runMatrix } from '@p2pd/lab'

const meets = ['home', 'restricted-equal', 'symmetric-independent'] as const

test('the second matrix has the boxes from the field and what they meet', () => {
  expect(fieldMatrixPresets.map(({ name }) => name)).toEqual(expect.arrayContaining([...fieldNames, 'home']))
})

// A sample of `p2pd lab matrix --presets field --others 6`, which runs all pairs five times.
test.each(fieldNames)('A5: %s and what it meets connect in spite of other subscribers', async (name) => {
  const presets = [name, ...meets].flatMap((one) => findPreset(one) ?? [])
  const problems: string[] = []
  for await (const cell of runMatrix({ seed: 1, runs: 1, presets, othersPerSecond: 6 }))
    if ([cell.caller, cell.peer].includes(name)) problems.push(...problemsOf(cell))
  expect(problems).toEqual([])
})
