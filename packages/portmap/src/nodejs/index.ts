/**
 * The parts of port mapping that need Node.js: multicast through a given NIC, and a file that remembers mappings.
 */
export { bindMulticast } from './bind-multicast.ts'
export { fileLeaseStore } from './file-lease-store.ts'
