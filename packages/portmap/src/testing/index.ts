export { type DrawnGateway, drawGateway } from './draw-gateway.ts'
export { seededBytes } from './seeded-bytes.ts'
export { MappingTable, type TableRow } from './mapping-table.ts'
export { MemoryLan } from './memory-lan.ts'
export type { GatewayPlace, GatewayScript, IgdScript } from './gateway-script.ts'
export { ScriptedGateway } from './scripted-gateway.ts'
export {
  closed,
  HOME,
  homeNic,
  mapped,
  mappingOf,
  type VirtualHome,
  virtualHome,
} from './virtual-home.ts'
