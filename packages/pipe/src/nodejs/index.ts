export { datagramStream } from './datagram-stream.ts'
export { handOver, receivePipe } from './hand-over.ts'
export { openingStream } from './opening-stream.ts'
export {
  acknowledge,
  listen,
  openPipe,
  pipeFromStream,
  pipeFromUdp,
  securePipe,
  startDaemon,
} from './system-pipes.ts'
export { systemPorts } from './system-ports.ts'
export { tlsStream } from './tls-stream.ts'
