import type { PipeError } from '../pipe-error.ts'
import type { MessageHandler, MessageSource, RecvOptions, SubscribeOptions, Subscription } from '../pipe.ts'
import type { Inbox } from './inbox.ts'
import type { Message } from './pattern.ts'
import { untilClosed } from './subscription.ts'

/** The messages of an inbox, as the users of a pipe read them. */
export abstract class InboxReader implements MessageSource {
  /** The inbox. Throws `PIPE_IN_USE` once the bytes are read through a stream. */
  protected abstract messages(): Inbox

  recv(options?: RecvOptions): Promise<Message> {
    try {
      return this.messages().recv(options)
    } catch (error) {
      return Promise.reject(error as PipeError)
    }
  }

  subscribe(options?: SubscribeOptions): Subscription {
    return this.messages().subscribe(options)
  }

  onMessage(handler: MessageHandler, options?: SubscribeOptions): () => void {
    return this.messages().onMessage(handler, options)
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return untilClosed(() => this.recv())
  }
}
