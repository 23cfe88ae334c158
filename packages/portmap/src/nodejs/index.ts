/**
 * What port mapping needs of Node.js beside the ports of `@p2pd/netif/node`: multicast through a given NIC, and a file
 * that remembers mappings.
 */
export { bindMulticast } from './bind-multicast.ts'
export { fileLeaseStore } from './file-lease-store.ts'
