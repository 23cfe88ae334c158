export { MappingTable, type TableRow } from './mapping-table.ts'
export { MemoryLan } from './memory-lan.ts'
export { type GatewayPlace, type GatewayScript, ScriptedGateway } from './scripted-gateway.ts'
export type { IgdScript } from './scripted-igd.ts'
export {
  closed,
  HOME,
  homeNic,
  mapped,
  mappingOf,
  seededBytes,
  type VirtualHome,
  virtualHome,
} from './virtual-home.ts'
