import type { Forward, Service, Transfer, Waiting } from '@p2pd/client'
import { escapeName } from '@p2pd/transfer'
import { counted } from '../../text/counted.ts'

/** The activities of a daemon beside its pipes. */
export interface Activities {
  readonly services: readonly Service[]
  readonly forwards: readonly Forward[]
  readonly transfers: readonly Transfer[]
  readonly waiting: readonly Waiting[]
}

/** One line for each activity; none where nothing happens. Words of peers are escaped. */
export function activityLines(
  { services, forwards, transfers, waiting }: Activities,
  nameOf: (id: string) => string = (id) => id,
): string[] {
  return [
    ...services.map(({ name, to }) => `service  ${name}${to === undefined ? '' : ` to ${to}`}`),
    ...forwards.map(forwardLine),
    ...transfers.map((one) => transferLine(one, nameOf)),
    ...waiting.map(
      ({ peer, service }) =>
        `waiting  ${nameOf(peer)} for ${service === '' ? 'a pipe' : `"${escapeName(service)}"`}: p2pd peers accept ${nameOf(peer)}`,
    ),
  ]
}

function forwardLine({ local, target, service, state, strategy, reason, connections }: Forward): string {
  const how =
    state === 'connected' ? (strategy ?? 'connected') : `${state}: ${escapeName(reason ?? 'unknown')}`
  return `forward  ${local} to ${target}:${service}, ${how}, ${counted(connections, 'connection')} so far`
}

function transferLine(
  { id, direction, state, peer, progress }: Transfer,
  nameOf: (id: string) => string,
): string {
  const way = direction === 'out' ? 'to' : 'from'
  const { bytes = 0, totalBytes, bytesPerSecond = 0 } = progress ?? {}
  const total = totalBytes === undefined ? '' : ` of ${totalBytes}`
  return `transfer ${id} ${way} ${peer === undefined ? 'unknown' : nameOf(peer)}: ${state}, ${bytes}${total} ${(totalBytes ?? bytes) === 1 ? 'byte' : 'bytes'}, ${bytesPerSecond} a second`
}
