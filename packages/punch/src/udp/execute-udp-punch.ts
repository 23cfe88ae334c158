import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import type { PunchPorts, UdpPunchOptions } from '../plan/ports.ts'
import { PunchError } from '../punch-error.ts'
import { checkToken } from '../token.ts'
import { bindSockets } from './bind-sockets.ts'
import { PunchedSocket } from './punched-socket.ts'
import { UdpPunch, type UdpPunchOutput } from './udp-punch.ts'

/** A UDP path that was punched. Packets to `remote` pass both ways; nothing on it is encrypted yet. */
export interface UdpPath {
  /** The caller closes it, which ends everything. Late packets of the punch do not show. */
  readonly socket: UdpSocket
  /** The same socket as the network made it, or as the caller handed it over: for libraries that attach to it natively. */
  readonly bound: UdpSocket
  readonly remote: TransportAddress
}

/**
 * Carries out a UDP plan. Resolves to one path, the same on both sides, and closes every other socket. Throws
 * `PUNCH_TIMEOUT`, `PUNCH_ABORTED`, `PUNCH_NO_SOCKET` or `PUNCH_INVALID_ARGUMENT`. RFC 8445 §8.1.1.
 */
export async function executeUdpPunch(
  plan: PunchPlan,
  ports: PunchPorts,
  options: UdpPunchOptions,
): Promise<UdpPath> {
  checkToken(options.token)
  const { signal } = options
  const sockets = await bindSockets(plan, ports, options)
  if (signal?.aborted) {
    for (const socket of sockets) socket.close()
    throw aborted(signal)
  }
  return new Promise((resolve, reject) => new UdpDriver(plan, ports, options, sockets, { resolve, reject }))
}

interface Settle {
  readonly resolve: (path: UdpPath) => void
  readonly reject: (error: PunchError) => void
}

/** The machine on its sockets. */
class UdpDriver {
  readonly #machine: UdpPunch
  readonly #plan: PunchPlan
  readonly #ports: PunchPorts
  readonly #sockets: readonly UdpSocket[]
  readonly #settle: Settle
  readonly #signal: AbortSignal | undefined
  readonly #stops: (() => void)[]
  #cancelWake = () => {}

  constructor(
    plan: PunchPlan,
    ports: PunchPorts,
    { token, signal }: UdpPunchOptions,
    sockets: readonly UdpSocket[],
    settle: Settle,
  ) {
    const { clock, random } = ports
    this.#plan = plan
    this.#ports = ports
    this.#sockets = sockets
    this.#settle = settle
    this.#signal = signal
    this.#machine = new UdpPunch(plan, token, random, clock.now())
    this.#stops = sockets.map((socket, index) =>
      socket.onMessage((data, from) => this.#perform(this.#machine.receive(index, data, from, clock.now()))),
    )
    signal?.addEventListener('abort', this.#abort)
    this.#perform(this.#machine.wake(clock.now()))
  }

  #perform(outputs: readonly UdpPunchOutput[]): void {
    for (const output of outputs) {
      switch (output.type) {
        case 'send':
          this.#sockets[output.socket]?.send(output.data, output.to, output.ttl)
          break
        case 'wake':
          this.#wakeAt(output.at)
          break
        case 'done':
          this.#finish(output.socket, output.remote)
          break
        case 'fail':
          this.#close()
          this.#settle.reject(
            new PunchError(
              'PUNCH_TIMEOUT',
              `no packet came through within ${this.#plan.timing.boundMs / 1000} s`,
            ),
          )
          break
      }
    }
  }

  #wakeAt(time: number): void {
    const { clock } = this.#ports
    this.#cancelWake()
    this.#cancelWake = clock.at(time, () => this.#perform(this.#machine.wake(clock.now())))
  }

  /** Keeps one socket. The machine goes on answering on it until the socket is closed. */
  #finish(index: number, remote: TransportAddress): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    const winner = this.#sockets[index]
    if (winner === undefined) return
    this.#sockets.forEach((socket, other) => {
      if (other === index) return
      this.#stops[other]?.()
      socket.close()
    })
    const socket = new PunchedSocket(
      winner,
      (data) => this.#machine.isOwn(data),
      () => this.#stop(),
    )
    this.#settle.resolve({ socket, bound: winner, remote })
  }

  readonly #abort = (): void => {
    this.#close()
    if (this.#signal !== undefined) this.#settle.reject(aborted(this.#signal))
  }

  #stop(): void {
    this.#cancelWake()
    for (const stop of this.#stops) stop()
  }

  #close(): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#stop()
    for (const socket of this.#sockets) socket.close()
  }
}

function aborted(signal: AbortSignal): PunchError {
  return new PunchError('PUNCH_ABORTED', 'the punch was given up', { cause: signal.reason })
}
