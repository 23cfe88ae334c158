import type { Clock } from '@p2pd/netif'
import type { Discovery, DiscoveryOutput } from './discovery.ts'
import type { Prober } from '../probe/prober.ts'
import type { NatReport } from '../report/nat-report.ts'

/** How a discovery is driven. */
export interface DriveOptions {
  readonly prober: Prober
  readonly clock: Clock
  /** Called as soon as mapping, type and delta are known. */
  readonly onKnown?: ((report: NatReport) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Runs a discovery on a prober until it is done or `signal` aborts it. No socket stays open. */
export function driveDiscovery(discovery: Discovery, options: DriveOptions): Promise<NatReport> {
  const { prober, clock, onKnown, signal } = options
  return new Promise((resolve, reject) => {
    let cancelWake = () => {}
    const abort = () => {
      settle()
      reject(signal?.reason as Error)
    }
    function settle(): void {
      cancelWake()
      prober.closeAll()
      signal?.removeEventListener('abort', abort)
    }
    function perform(outputs: readonly DiscoveryOutput[]): void {
      for (const output of outputs) {
        switch (output.type) {
          case 'probe': {
            const { id } = output.probe
            prober.launch(output.probe, (update) => perform(discovery.observe(id, update, clock.now())))
            break
          }
          case 'close':
            prober.close(output.socket)
            break
          case 'wake':
            cancelWake()
            cancelWake = clock.at(output.at, () => perform(discovery.wake(clock.now())))
            break
          case 'known':
            onKnown?.(output.report)
            break
          case 'done':
            settle()
            resolve(output.report)
            break
        }
      }
    }
    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)
    perform(discovery.wake(clock.now()))
  })
}
