/** Makes the opener of the given TURN servers. */
export type OpenerOfRelays = typeof import('./relay-opener.ts').relayOpener

/** Loads the TURN client, which nodes without a TURN server never need, and gives what opens relays with it. */
export async function loadRelayOpener(): Promise<OpenerOfRelays> {
  const { relayOpener } = await import('./relay-opener.ts')
  return relayOpener
}
