import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { parseList } from '../../values.ts'
import type { AcceptOptions } from './peers.ts'

/** Adds the commands about callers that wait. */
export function addPeersCommands({ add, context }: CommandLine): void {
  add('pending', 'lists the callers that wait for your decision').action(async (_, command: Command) => {
    const { listPending } = await import('./peers.ts')
    await listPending(context(command))
  })
  add('accept <peer>', 'makes a peer a contact, which lets it in where it waits')
    .option('--remember <name>', 'its name among your contacts (default: the first letters of its id)')
    .option('--allow <services>', 'the services it may use, such as web,22 (default: all)', parseList)
    .action(async (peer: string, options: AcceptOptions, command: Command) => {
      const { acceptPeer } = await import('./peers.ts')
      await acceptPeer(context(command), peer, options)
    })
  add('block <peer>', 'refuses every call of a peer to your services').action(
    async (peer: string, _, command: Command) => {
      const { blockPeer } = await import('./peers.ts')
      await blockPeer(context(command), peer)
    },
  )
}
