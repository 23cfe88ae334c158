import { presetList } from '@p2pd/lab'
import type { Context } from '../../context.ts'
import { formatTable } from '../../text/table.ts'

/** `p2pd lab list`: the boxes that scenarios can name. */
export function list({ output }: Context): void {
  for (const { name, meaning, settings } of presetList)
    output.event({ event: 'preset', name, meaning, ...settings })
  const rows = presetList.map(({ name, meaning }) => [name, meaning])
  if (!output.json) output.result(formatTable({ head: ['preset', 'meaning'], rows }))
}
