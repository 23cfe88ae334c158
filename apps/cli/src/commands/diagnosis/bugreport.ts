import { systemReason } from '@p2pd/netif'
import { writeFile } from 'node:fs/promises'
import { arch, platform, release } from 'node:os'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { VERSION } from '../../version.ts'
import { examine } from './examine.ts'
import { Pseudonyms } from './pseudonyms.ts'

export interface BugreportOptions {
  readonly output?: string
  readonly full?: boolean
}

/**
 * `p2pd bugreport`: shows what there is to send to somebody who helps, and writes it when a file is named. It has no keys,
 * passwords, names of contacts or host names of servers; ids and addresses are replaced unless `--full` is given.
 */
export async function bugreport(
  context: Context,
  { output: file, full = false }: BugreportOptions,
): Promise<void> {
  const { findings, netcheck } = await examine(context)
  const versions = { p2pd: VERSION, node: process.version, system: `${platform()} ${release()} ${arch()}` }
  const report = { versions, findings, netcheck }
  const text = JSON.stringify(report)
  const safe = full ? text : withoutHosts(new Pseudonyms().replace(text), netcheck)
  const { output } = context
  output.event({ event: 'bugreport', full, report: JSON.parse(safe) as object })
  const shown = `${JSON.stringify(JSON.parse(safe), undefined, 2)}\n`
  if (!output.json) output.result(shown.trimEnd())
  if (file === undefined) return output.info('Nothing was written: --output FILE does.')
  await writeFile(file, shown, { mode: 0o600 }).catch((cause: Error) => {
    throw new CliError('CLI_FILE', `${file} can't be written: ${systemReason(cause)}`, { cause })
  })
  output.info(`Written to ${file}.`)
}

/** Servers of one's own have names that say whose they are. */
function withoutHosts(
  text: string,
  { stun, turn, mqtt }: { stun: readonly Named[]; turn: readonly Named[]; mqtt: readonly Named[] },
): string {
  const hosts = [...stun, ...turn, ...mqtt].flatMap(
    ({ server }) => /^[a-z]+:(?:\/\/)?(?:[^@/]*@)?([a-z0-9.-]*[a-z][a-z0-9.-]*)/i.exec(server)?.[1] ?? [],
  )
  return [...new Set(hosts)].reduce((rest, host, index) => rest.replaceAll(host, `server-${index + 1}`), text)
}

interface Named {
  readonly server: string
}
