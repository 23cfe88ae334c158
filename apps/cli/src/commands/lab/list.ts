import { presetList } from '@p2pd/lab'
import Table from 'cli-table3'
import type { Context } from '../../context.ts'

/** `p2pd lab list`: the boxes that scenarios can name. */
export function list({ output }: Context): void {
  const table = new Table({ head: ['preset', 'meaning'], style: { head: [], border: [] } })
  for (const { name, meaning, settings } of presetList) {
    output.event({ event: 'preset', name, meaning, ...settings })
    table.push([name, meaning])
  }
  if (!output.json) output.result(table.toString())
}
