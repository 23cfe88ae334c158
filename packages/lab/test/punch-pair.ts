import { meet as meetThem, type Party, type World } from '../src/meeting/meet.ts'

export const meet = (world: World, protocol: 'udp' | 'tcp', caller: Party, peer: Party) =>
  meetThem(world, { protocol, caller, peer })
