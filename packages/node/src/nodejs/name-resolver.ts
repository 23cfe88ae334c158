import { systemClock } from '@p2pd/netif/node'
import { Resolver } from 'node:dns/promises'
import { domainToASCII } from 'node:url'
import { type Contacts, findContact } from '../naming/contacts.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { NodeError } from '../node-error.ts'
import { quote } from '../identity/quote.ts'
import type { ResolveName } from '../naming/resolve-name.ts'
import { parseTxtRecords, recordNameOf } from '../naming/txt-record.ts'
import { defaultContactsFile, loadContacts } from './contacts-file.ts'

/** Where names are looked up. */
export interface NameSources {
  /** @default the user's own file */
  readonly contactsFile?: string
  /** Reads the contacts in place of the file. @default the file is read for every name */
  readonly contacts?: () => Promise<Contacts>
  /** Tells where the user's own file is. @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv
  /** IP addresses, with a port where it is not 53. @default the system's */
  readonly dnsServers?: readonly string[]
}

/** A person waits for it. */
const DNS_TIMEOUT_MS = 5000
/** A lost query is repeated after this, later ones after twice the time before: three within the time-out. */
const DNS_RETRY_MS = 1000
const DNS_TRIES = 3
/** Longest text of a domain name. RFC 1035 §2.3.4. */
const LONGEST_DOMAIN = 253

/** A name that does not exist, one that has no TXT record (RFC 1035 §4.1.1), and one that no server would be asked for. */
const NO_RECORD = ['ENOTFOUND', 'ENODATA', 'EBADNAME']
const FAULTS: Readonly<Record<string, string>> = {
  EBADRESP: 'the answer made no sense',
  ECONNREFUSED: 'nothing answers there',
  EREFUSED: 'the server refuses to answer',
  ESERVFAIL: 'the server failed to look it up',
  ETIMEOUT: 'no answer came',
}

/**
 * Looks names up among the user's contacts, then, when they have a dot, in DNS: the TXT record `id=<node id>` of
 * `_p2pd.<domain>`. A contact may carry a domain's name: then DNS is not asked.
 *
 * A look-up rejects with `NODE_UNKNOWN_NAME`, `NODE_BAD_RECORD`, `NODE_NO_DNS`, `NODE_BAD_CONTACT` or `NODE_ABORTED`.
 */
export function nameResolver({ contactsFile, contacts, env, dnsServers }: NameSources = {}): ResolveName {
  return async (name, signal) => {
    const file = contactsFile ?? ownContactsFile(env)
    const known = contacts ? await contacts() : file === undefined ? undefined : await loadContacts(file)
    const contact = known && findContact(known, name)
    if (contact !== undefined) return contact.target
    if (name.includes('.')) return lookUpDomain(name, dnsServers, signal)
    throw unknownName(name, `is not among your contacts: run \`p2pd contact add ${name} <node id>\` first`)
  }
}

/** A user without a home folder has no contacts, and can still call domains. */
function ownContactsFile(env: NodeJS.ProcessEnv | undefined): string | undefined {
  try {
    return defaultContactsFile(env)
  } catch (error) {
    if (error instanceof NodeError && error.code === 'NODE_NO_HOME') return undefined
    throw error
  }
}

async function lookUpDomain(
  domain: string,
  dnsServers: NameSources['dnsServers'],
  signal: AbortSignal | undefined,
): Promise<string> {
  const recordName = recordNameOf(domainToASCII(domain))
  if (recordName === recordNameOf('') || recordName.length > LONGEST_DOMAIN) {
    throw unknownName(domain, 'is neither a contact nor a domain')
  }
  const resolver = new Resolver({ timeout: DNS_RETRY_MS, tries: DNS_TRIES })
  if (dnsServers !== undefined) resolver.setServers(dnsServers)
  const records = await queryTxt(resolver, recordName, signal)
  const id = parseTxtRecords(records, recordName)
  if (id === undefined) throw unknownName(domain, noRecord(recordName))
  return id
}

async function queryTxt(
  resolver: Resolver,
  recordName: string,
  signal: AbortSignal | undefined,
): Promise<string[][]> {
  const deadline = { clock: systemClock, timeoutMs: DNS_TIMEOUT_MS, what: 'it', ...(signal && { signal }) }
  try {
    return await withDeadline(deadline, (ending) => {
      ending.throwIfAborted()
      ending.addEventListener('abort', () => resolver.cancel(), { once: true })
      return resolver.resolveTxt(recordName)
    })
  } catch (cause) {
    if (signal?.aborted) throw new NodeError('NODE_ABORTED', 'the name was no longer wanted', { cause })
    const { code = '', message } = cause as NodeJS.ErrnoException
    if (NO_RECORD.includes(code)) return []
    const servers = resolver.getServers().join(', ')
    throw new NodeError(
      'NODE_NO_DNS',
      `DNS gave no TXT record of ${quote(recordName)} (asked ${servers}): ${FAULTS[code] ?? message}; try again, or give the node id`,
      { cause },
    )
  }
}

function noRecord(recordName: string): string {
  return `is neither a contact nor does DNS have a TXT record "id=<node id>" at ${recordName}: ask its owner for the node id`
}

function unknownName(name: string, why: string): NodeError {
  return new NodeError('NODE_UNKNOWN_NAME', `${quote(name)} ${why}`)
}
