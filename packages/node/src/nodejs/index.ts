export { type ContactsAdmission, contactsAdmission } from './access/contacts-admission.ts'
export { KeptContacts } from './access/kept-contacts.ts'
export { defaultPendingFile, loadPending, type PendingCaller } from './access/pending-file.ts'
export { defaultContactsFile, loadContacts, updateContacts } from './contacts-file.ts'
export { DEFAULT_SERVERS } from './default-servers.ts'
export {
  createIdentity,
  formatIdentity,
  type PrivateIdentity,
  parseIdentity,
  verifyEd25519,
} from './identity.ts'
export {
  type Endpoint,
  formatEndpoint,
  parseEndpoint,
  parseRemoteService,
  parseServed,
  type ServedEndpoint,
} from './forwarding/endpoint.ts'
export { joinStreams, resetSocket } from './forwarding/join-streams.ts'
export { writeTurns } from './forwarding/write-turns.ts'
export { listenLocally, type LocalListener } from './forwarding/listen-locally.ts'
export type { FlowOptions } from './forwarding/udp-flows.ts'
export { type LinkOptions, PeerLink } from './forwarding/peer-link.ts'
export { peerListens } from './forwarding/reverse.ts'
export { type ServedListeners, serveEndpoints, servePipe, serveStream } from './forwarding/serve-endpoints.ts'
export { listenSocks, type OpenDestination } from './forwarding/socks/listen-socks.ts'
export { ServiceLinks } from './forwarding/socks/service-links.ts'
export { servicesOf, type SocksDestination } from './forwarding/socks/socks-message.ts'
export { createFile } from './files/create-file.ts'
export { decodeTextFile } from './files/read-text.ts'
export { configDirectory, defaultIdentityFile, loadIdentity } from './identity-file.ts'
export { nameResolver, type NameSources } from './name-resolver.ts'
export { pair } from './pairing/pair.ts'
export type { Paired, PairOptions } from './pairing/pair-options.ts'
export { loadServers } from './files/servers-file.ts'
export { loadRelayOpener } from './relays/load-relay-opener.ts'
export type { RelayRuntime } from './relays/relay-opener.ts'
export { PING_SERVICE, type StartOptions, startNode } from './start-node.ts'
export type { WatchServers } from './servers/servers-in-use.ts'
export { tlsSecure } from './tls.ts'
