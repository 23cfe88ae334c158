/**
 * The parts of port mapping that need Node.js: multicast through a given NIC, sockets that hear of closed ports, and a
 * file that remembers mappings.
 */
export { bindMulticast } from './bind-multicast.ts'
export { connectUdp } from './connect-udp.ts'
export { fileLeaseStore } from './file-lease-store.ts'
