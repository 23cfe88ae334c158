import { mqttConnector } from '../nodejs/mqtt-connector.ts'
import { openSignal } from '../nodejs/open-signal.ts'
import type { Signal } from '../signal.ts'
import { alice, bob, bytesOf, textOf } from './peers.ts'

/** Everything that a test opened, in order; closed in reverse. */
const opened: { close(): Promise<void> }[] = []

/** Closes all that was opened since the last call. */
export async function closeAll(): Promise<void> {
  for (const one of opened.splice(0).reverse()) await one.close()
}

/** Has this closed after the test. */
export function keep<T extends { close(): Promise<void> }>(one: T): T {
  opened.push(one)
  return one
}

/** Closes one of them before the others. */
export async function closeNow(one: { close(): Promise<void> }): Promise<void> {
  opened.splice(opened.indexOf(one), 1)
  await one.close()
}

/** Opens a signal over real brokers. */
export function open(identity: typeof alice, brokers: readonly string[], connect = mqttConnector({ isEarly: true })): Signal {
  return keep(openSignal({ identity, brokers, connect }))
}

/** Opens a signal and tells when its first broker has reached a state. */
export function watch(identity: typeof alice, brokers: readonly string[]) {
  let check = () => {}
  const signal = keep(openSignal({ identity, brokers, onBroker: () => check() }))
  const reached = (state: string) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (signal.status()[0]?.state === state) resolve()
      }
      check()
    })
  return { signal, reached }
}

/** The next messages that arrive, and a promise of having so many. */
export function listen(signal: Signal): { readonly texts: string[]; count(n: number): Promise<void> } {
  const texts: string[] = []
  let check = () => {}
  signal.onMessage((_, body) => {
    texts.push(textOf(body))
    check()
  })
  return {
    texts,
    count: (n) =>
      new Promise((resolve) => {
        check = () => {
          if (texts.length >= n) resolve()
        }
        check()
      }),
  }
}

/** Two messages one way, and an answer to each. */
export async function exchange(brokers: readonly string[], connect = mqttConnector({ isEarly: true })) {
  const [from, to] = [open(alice, brokers, connect), open(bob, brokers, connect)]
  const [answers, messages] = [listen(from), listen(to)]
  await Promise.all([from.ready(), to.ready()])
  const sending: Promise<void>[] = []
  to.onMessage((sender) => sending.push(to.send(sender, bytesOf('answer'))))
  await from.send(bob.publicKey, bytesOf('one'))
  await answers.count(1)
  await from.send(bob.publicKey, bytesOf('two'))
  await answers.count(2)
  await Promise.all(sending)
  return { messages: messages.texts, answers: answers.texts }
}
