import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { parseList } from '../values.ts'

interface AddOptions {
  readonly allow?: readonly string[]
}

/** Adds the commands for local names of peers; each loads what it needs when it is run. */
export function addContactCommands({ add, context }: CommandLine): void {
  add('add <name> <target>', 'gives a node id or an address a name')
    .option(
      '--allow <services>',
      'the services it may use, such as web,22 (default: all for contacts)',
      parseList,
    )
    .action(async (name: string, target: string, { allow }: AddOptions, command: Command) => {
      const { addToContacts } = await import('./contact.ts')
      await addToContacts(context(command), { name, target, ...(allow && { allow }) })
    })
  add('list', 'lists your contacts').action(async (_, command: Command) => {
    const { listContacts } = await import('./contact.ts')
    await listContacts(context(command))
  })
  add('remove <name>', 'forgets a contact').action(async (name: string, _, command: Command) => {
    const { removeFromContacts } = await import('./contact.ts')
    await removeFromContacts(context(command), name)
  })
}
