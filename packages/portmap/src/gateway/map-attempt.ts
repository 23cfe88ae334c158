import { type Clock, sleep } from '@p2pd/netif'
import { isPublic } from '../lease/judge-external.ts'
import type { FailedAttempt } from '../mapping.ts'
import type { NatPmpPresence } from '../nat-pmp/nat-pmp-client.ts'
import type { FoundIgd } from '../upnp/discover-igd.ts'
import { SILENT_AT_MAPPING } from './server-port.ts'
import { type AttemptProgress, chooseStep, type ProtocolState } from './choose-step.ts'
import type { GatewayClient } from './gateway-client.ts'
import type { Granted, MappingAnswer, MappingRequest, Refused } from './mapping-request.ts'

/** A gateway's answer after every protocol was asked. */
export interface AttemptResult {
  readonly granted?: Granted
  readonly refusals: readonly Refused[]
}

type Asked<Answer> = Answer | Refused | undefined

/** NAT-PMP is left out for IPv6. RFC 6886 §1. */
const NOT_FOR_IPV6: Refused = {
  type: 'refused',
  protocol: 'nat-pmp',
  outcome: 'unsupported',
  reason: 'NAT-PMP knows IPv4 alone',
}

/** An error of its own for each attempt would cost more than to end it. */
const OVER = new Error('the attempt is over')

/** Most gateways that speak PCP have answered by then. */
const UPNP_AFTER_MS = 25
/** A gateway that has not answered by then is silent, or at work on the question. */
const SILENCE_MS = 500

/** Asks one gateway in every protocol at once, and uses the first of the best that says yes. */
export class MapAttempt {
  readonly #client: GatewayClient
  readonly #clock: Clock
  readonly #request: MappingRequest
  readonly #signal: AbortSignal
  readonly #startedAt: number
  /** Ends what is still being asked when another protocol has won. */
  readonly #others = new AbortController()
  #pcp: Asked<Granted>
  #natPmp: Asked<NatPmpPresence>
  #upnp: Asked<FoundIgd>
  #won: Granted | undefined
  /** It is there, although it has answered nothing. */
  #isPresent = false
  #changed = () => {}
  #isWaiting = false
  /** Whether UPnP is asked for the mapping itself, which the gateway may have granted without an answer yet. */
  isAddingByUpnp = false

  constructor(client: GatewayClient, clock: Clock, request: MappingRequest, signal: AbortSignal) {
    this.#client = client
    this.#clock = clock
    this.#request = request
    this.#signal = signal
    this.#startedAt = clock.now()
  }

  /** The refusals so far, when nothing is left but to wait for protocols that are silent. */
  get refusedSoFar(): readonly Refused[] | undefined {
    return this.#isWaiting && !this.#isUpnpAtWork ? this.#result().refusals : undefined
  }

  /** The refusals so far, and silence of what is still at work. */
  get refusedByNow(): readonly Refused[] {
    const isUpnpSilent = this.isAddingByUpnp || this.#isUpnpAtWork
    const { refusals } = this.#result()
    return isUpnpSilent ? [...refusals, unresponsive('upnp')] : refusals
  }

  /** The search was answered, and the description has not come: some gateways take seconds for it. */
  get #isUpnpAtWork(): boolean {
    return this.#upnp === undefined && this.#client.upnp.hasAnsweredSearch
  }

  /** Whether the gateway has answered in any protocol, with a refusal too. */
  get hasAnswer(): boolean {
    const said = (asked: Asked<{ type: string }>) =>
      asked !== undefined && (asked.type !== 'refused' || (asked as Refused).gatewayCode !== undefined)
    return this.#isPresent || this.#isUpnpAtWork || [this.#pcp, this.#natPmp, this.#upnp].some(said)
  }

  async run(): Promise<AttemptResult> {
    this.#askAll()
    try {
      for (;;) {
        this.#signal.throwIfAborted()
        const step = chooseStep(this.#progress())
        if (step.type === 'use-pcp') this.#won = this.#pcp as Granted
        if (step.type === 'map-nat-pmp') await this.#mapWithNatPmp(this.#natPmp as NatPmpPresence)
        if (step.type === 'map-upnp') await this.#mapWithUpnp()
        if (step.type === 'wait') await this.#change(step.untilMs)
        if (this.#won !== undefined || step.type === 'fail') return this.#result()
      }
    } finally {
      this.#endOthers()
    }
  }

  /** The answer goes first: to end everything takes as long as to pass the answer on. */
  #endOthers(): void {
    const end = () => this.#others.abort(OVER)
    if (this.#won === undefined) end()
    else this.#clock.at(this.#clock.now(), end)
  }

  /**
   * PCP's question goes first, as its answer is the mapping. NAT-PMP's question for the address follows at once: where the
   * gateway answers it, PCP's was left unanswered. UPnP's search, which keeps a gateway busy, comes last.
   */
  #askAll(): void {
    const { ip } = this.#request.internal
    const client = this.#client
    const others = this.#others.signal
    const pcpRefused = this.#askPcp()
    if (client.hasNatPmp) {
      this.#ask('nat-pmp', client.askNatPmpAddress(ip, others), (said) => (this.#natPmp = said))
    } else this.#natPmp = NOT_FOR_IPV6
    const askOthers = () => {
      if (!others.aborted) this.#askOthers(pcpRefused)
    }
    // A socket that does not open fails its questions; UPnP has sockets of its own.
    client.serverOpened(ip).then(askOthers, askOthers)
  }

  #askOthers(pcpRefused: Promise<void>): void {
    const { ip } = this.#request.internal
    const client = this.#client
    const others = this.#others.signal
    // Without a socket the questions fail too.
    if (client.hasNatPmp) this.#lookForListener(others).catch(() => {})
    // For IPv6 it goes on: ending what PCP opened has been seen to need UPnP, and there is one second for it then.
    const signal = client.hasNatPmp ? others : client.untilClosed
    const whenSlow = Promise.race([pcpRefused, sleep(this.#clock, UPNP_AFTER_MS, signal)])
    const found = whenSlow.then(() => {
      signal.throwIfAborted()
      return client.upnp.discover(ip, signal)
    })
    this.#ask('upnp', found, (said) => (this.#upnp = said))
  }

  /** A silent gateway may have PCP's question for the cause of its silence. */
  async #lookForListener(signal: AbortSignal): Promise<void> {
    await sleep(this.#clock, SILENCE_MS, signal)
    if (this.#pcp !== undefined || this.#natPmp !== undefined) return
    this.#isPresent = await this.#client.tellsOfClosedPorts(this.#request.internal.ip, signal)
  }

  /** Not ended with the others: a mapping that is granted late must be known, to be given back. Resolves when refused. */
  #askPcp(): Promise<void> {
    return new Promise((resolve) => {
      this.#ask('pcp', this.#client.mapWithPcp(this.#request, this.#signal), (answer) => {
        this.#pcp = answer
        if (answer.type === 'refused' && !this.#signal.aborted) resolve()
        if (this.#won !== undefined && answer.type === 'granted') this.#giveBack(answer, this.#won)
      })
    })
  }

  #ask<Answer>(
    protocol: Refused['protocol'],
    asked: Promise<Answer>,
    take: (answer: Answer | Refused) => void,
  ): void {
    const settle = (answer: Answer | Refused) => {
      take(answer)
      this.#changed()
    }
    asked.then(settle, (error: unknown) => {
      // No socket, no route: this protocol is out, the others count.
      const reason = error instanceof Error ? error.message : String(error)
      settle({ type: 'refused', protocol, outcome: 'failed', reason })
    })
  }

  #progress(): AttemptProgress {
    return {
      pcp: stateOf(this.#pcp),
      natPmp: stateOf(this.#natPmp),
      isNatPmpPublic: this.#natPmp?.type === 'present' && isPublic(this.#natPmp.externalIp ?? '0.0.0.0'),
      upnp: stateOf(this.#upnp),
      elapsedMs: this.#clock.now() - this.#startedAt,
    }
  }

  /** Resolves when an answer comes, when the time has come, or when the attempt is aborted. */
  #change(untilMs: number | undefined): Promise<void> {
    this.#isWaiting = untilMs === undefined
    return new Promise((resolve) => {
      const done = () => {
        this.#isWaiting = false
        cancel()
        this.#signal.removeEventListener('abort', done)
        this.#changed = () => {}
        resolve()
      }
      const cancel = untilMs === undefined ? () => {} : this.#clock.at(this.#startedAt + untilMs, done)
      this.#changed = done
      this.#signal.addEventListener('abort', done)
    })
  }

  async #mapWithNatPmp({ externalIp }: NatPmpPresence): Promise<void> {
    const answer = await this.#client.mapWithNatPmp(this.#request, externalIp, this.#signal)
    if (answer.type === 'granted') this.#win(answer)
    else this.#natPmp = answer.outcome === 'silent' ? unresponsive('nat-pmp') : answer
  }

  async #mapWithUpnp(): Promise<void> {
    this.isAddingByUpnp = true
    const answer: MappingAnswer = await this.#client.upnp.map(this.#request, this.#signal)
    this.isAddingByUpnp = false
    if (answer.type === 'refused') this.#upnp = answer
    else this.#win(answer)
  }

  /** PCP may have granted meanwhile: it is preferred, and the other mapping given back. */
  #win(granted: Granted): void {
    const pcp = this.#pcp?.type === 'granted' ? this.#pcp : undefined
    this.#won = pcp ?? granted
    if (pcp !== undefined) this.#giveBack(granted, pcp)
  }

  /** Unless both are one entry of the gateway's table. A mapping that cannot be given back ends by itself. */
  #giveBack(spare: Granted, kept: Granted): void {
    if (spare.external.port === kept.external.port) return
    this.#client.release(this.#request, spare).catch(() => {})
  }

  /** The silence of a gateway that is there has PCP's question for its cause. */
  #pcpOutcome(): Asked<Granted> {
    const isSilent = (asked: Asked<{ type: string }>) =>
      asked === undefined || (asked.type === 'refused' && (asked as Refused).outcome === 'silent')
    return this.#isPresent && isSilent(this.#pcp) && isSilent(this.#natPmp) ? unresponsive('pcp') : this.#pcp
  }

  #result(): AttemptResult {
    const answers = [this.#pcpOutcome(), this.#natPmp, this.#upnp]
    const refusals = answers.filter((answer): answer is Refused => answer?.type === 'refused')
    const granted = this.#won
    return {
      ...(granted !== undefined && { granted }),
      refusals: refusals.filter((answer) => answer !== NOT_FOR_IPV6),
    }
  }
}

/** The refusal of a gateway that has fallen silent. */
export function unresponsive(protocol: Refused['protocol']): Refused {
  return { type: 'refused', protocol, outcome: 'unresponsive', reason: SILENT_AT_MAPPING }
}

function stateOf(asked: { readonly type: string } | undefined): ProtocolState {
  if (asked === undefined) return 'pending'
  return asked.type === 'refused' ? 'absent' : 'usable'
}

/** A gateway's refusals, for people. */
export function failedAttempts(gateway: string, refusals: readonly Refused[]): FailedAttempt[] {
  return refusals.map(({ protocol, outcome, gatewayCode, reason }) => ({
    gateway,
    protocol,
    outcome,
    ...(gatewayCode !== undefined && { gatewayCode }),
    reason,
  }))
}
