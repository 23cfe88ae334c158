/**
 * The parts of port mapping that need Node.js: multicast through a given NIC, sockets that hear of closed ports, and a
 * file that remembers mappings. `systemPorts` has what a mapper needs of this machine.
 */
export { bindMulticast } from './bind-multicast.ts'
export { connectUdp } from './connect-udp.ts'
export { fileLeaseStore } from './file-lease-store.ts'
export { systemPorts } from './system-ports.ts'
