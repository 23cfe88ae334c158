import { systemReason } from '@p2pd/netif'
import { NodeError } from '../../node-error.ts'
import { readText } from './read-text.ts'
import { parseServers, type Servers } from '../../runtime/servers.ts'

/** Reads and checks a servers file. Rejects with `NODE_BAD_SERVERS`. */
export async function loadServers(file: string): Promise<Servers> {
  let text: string
  try {
    text = await readText(file)
  } catch (cause) {
    throw new NodeError(
      'NODE_BAD_SERVERS',
      `the servers file ${file} can't be read: ${systemReason(cause)}`,
      { cause },
    )
  }
  return parseServers(text, file)
}
