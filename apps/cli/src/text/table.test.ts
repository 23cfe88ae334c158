import { expect, test } from '@jest/globals'
import { formatTable } from './table.ts'

test('columns are as wide as their widest cell; figures align to the right', () => {
  const table = formatTable({
    head: ['strategy', 'ms'],
    rows: [
      ['direct', 7],
      ['udp−punch', '1234'],
    ],
    figures: [1],
  })
  expect(table.split('\n')).toEqual([
    '┌───────────┬──────┐',
    '│ strategy  │   ms │',
    '├───────────┼──────┤',
    '│ direct    │    7 │',
    '│ udp−punch │ 1234 │',
    '└───────────┴──────┘',
  ])
})

test('a cell stays on its line', () => {
  expect(formatTable({ head: ['reason'], rows: [['no\n  answer']] })).toContain('│ no answer │')
})
