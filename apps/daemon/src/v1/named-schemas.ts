import { forwardSchemas } from '../forwards/forward-schemas.ts'
import { pairingSchemas } from '../pairings/pairing-schemas.ts'
import { streamSchemas } from '../streams/stream-schemas.ts'
import { transferSchemas } from '../transfers/transfer-schemas.ts'
import { Broker, InterfaceNat, NatReport, NetworkInterface } from './network-schemas.ts'
import {
  CallReport,
  Candidate,
  Contact,
  ContactTarget,
  Decision,
  Event,
  Message,
  MessageRequest,
  NodeResource,
  PathMove,
  Pipe,
  PipeRequest,
  Problem,
  ReportLine,
  Sent,
  Service,
  ServiceRequest,
  Strategy,
  Waiting,
} from './schemas.ts'

/** The schemas that have a name in the document: clients get a type for each. OpenAPI 3.1.0 §4.8.7. */
export const schemas = {
  Strategy,
  ReportLine,
  Problem,
  NodeResource,
  Candidate,
  NetworkInterface,
  NatReport,
  InterfaceNat,
  Broker,
  PathMove,
  Pipe,
  PipeRequest,
  Message,
  MessageRequest,
  Sent,
  Contact,
  ContactTarget,
  Service,
  ServiceRequest,
  Waiting,
  Decision,
  CallReport,
  Event,
  ...forwardSchemas,
  ...pairingSchemas,
  ...streamSchemas,
  ...transferSchemas,
}
