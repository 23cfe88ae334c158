import { startMqttBroker } from '@p2pd/infra'
import type { Node, PeerPipe } from '@p2pd/node'
import { createIdentity, type StartOptions, startNode } from '@p2pd/node/node'

/** Everything a test started; ended in reverse order when the test is over. */
export class Stage {
  readonly #closers: (() => Promise<void>)[] = []

  /** Runs a test, and ends everything it started whatever comes of it. */
  static async run(play: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = new Stage()
    try {
      await play(stage)
    } finally {
      for (const close of stage.#closers.reverse()) await close()
    }
  }

  endWith(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  /** The embedded broker; its URL. */
  async broker(): Promise<string> {
    const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
    this.endWith(() => broker.close())
    return broker.urls[0] ?? ''
  }

  /** A node with an identity of its own that uses these brokers. */
  async node(mqtt: readonly string[], options: StartOptions = {}): Promise<Node> {
    const node = await startNode({ servers: { stun: [], turn: [], mqtt }, identity: createIdentity(), ...options })
    this.endWith(() => node.close())
    return node
  }
}

/** The next pipe that comes in. */
export function nextPipe(node: Node): Promise<PeerPipe> {
  return new Promise((resolve) => {
    const stop = node.onPipe((pipe) => {
      stop()
      resolve(pipe)
    })
  })
}
