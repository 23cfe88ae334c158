import { addContact, type Contact, findContact, removeContact } from '@p2pd/node'
import { defaultContactsFile, loadContacts, updateContacts, verifyEd25519 } from '@p2pd/node/node'
import type { Context } from '../context.ts'

/** `p2pd contact add`: gives a peer a local name. */
export async function addToContacts({ env, output }: Context, contact: Contact): Promise<void> {
  const contacts = await updateContacts(
    (known) => addContact(known, contact, verifyEd25519),
    defaultContactsFile(env),
  )
  const added = findContact(contacts, contact.name)
  output.event({ event: 'contact', ...added })
  output.info(`${added?.name} is among your contacts: p2pd connect ${added?.name}`)
}

/** `p2pd contact list`: the contacts, by name. */
export async function listContacts({ env, output }: Context): Promise<void> {
  const file = defaultContactsFile(env)
  const contacts = await loadContacts(file)
  if (contacts.size === 0) output.info(`There are no contacts in ${file}: p2pd contact add NAME ID`)
  const width = Math.max(...[...contacts.keys()].map((name) => name.length))
  for (const [name, entry] of contacts) {
    const { target, allow, isBlocked } = entry
    output.event({ event: 'contact', name, ...entry })
    const limits = [
      ...(isBlocked ? ['blocked'] : []),
      ...(allow ? [`only ${allow.join(', ') || 'nothing'}`] : []),
    ]
    if (!output.json) output.result([name.padEnd(width), target, ...limits].join('  '))
  }
}

/** `p2pd contact remove`: forgets a local name. */
export async function removeFromContacts({ env, output }: Context, name: string): Promise<void> {
  let removed: Contact | undefined
  await updateContacts((contacts) => {
    removed = findContact(contacts, name)
    return removeContact(contacts, name)
  }, defaultContactsFile(env))
  output.event({ event: 'removed', ...removed })
  output.info(`${removed?.name} is no longer among your contacts`)
}
