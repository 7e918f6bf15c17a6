/** The dead letters of an in route: messages that its queue can never take, published to another subject. */

import { clearTimeout, setTimeout } from '../core/event-loop';
import type { EngineConnection, IncomingMessage, Publisher } from './engine';
import { BridgeError, wordsOf } from './errors';

const RETRY_MS = 1000;

export class InDeadLetters {
  /** Where they go; undefined: the route stops instead. */
  readonly subject: string | undefined;
  readonly #instance: string;
  #publisher: Publisher | undefined;
  #lose: ((error: Error) => void) | undefined;

  constructor(route: string, subject: string | undefined) {
    this.#instance = `dead-${route}`;
    this.subject = subject;
  }

  async open(connection: EngineConnection, onDenied: (error: Error) => void): Promise<void> {
    if (this.subject === undefined) return;
    const target = { pattern: this.subject, deadLetter: undefined };
    this.#publisher = await connection.openPublisher({ ...target, window: 1, onDenied });
  }

  /** The connection is lost, or no longer needed: a dead letter on its way fails with this error. */
  close(error: Error): void {
    this.#publisher?.close();
    this.#publisher = undefined;
    this.lose(error);
  }

  /** Ends the wait for a dead letter on its way. */
  lose(error: Error): void {
    this.#lose?.(error);
  }

  /** Resolves once the dead letter is stored. `stream` is the identity of the message's stream. */
  async publish(message: IncomingMessage, stream: string): Promise<void> {
    const publisher = this.#publisher;
    if (publisher === undefined) throw new Error('The connection was lost');
    const { data, position, origin = '' } = message;
    const letter = {
      id: `${this.#instance}.${stream}.${position}`,
      instance: this.#instance,
      sequence: undefined,
      type: /^\d{1,19}$/.test(message.type ?? '') ? BigInt(message.type as string) : 0,
      origin,
      to: this.subject as string,
    };
    await new Promise<void>((resolve, reject) => {
      let retry: NodeJS.Timeout | undefined;
      let isLost = false;
      this.#lose = (error) => {
        isLost = true;
        clearTimeout(retry);
        reject(error);
      };
      const publish = (): void =>
        publisher.publish({ ...letter, data: Buffer.from(data) }, (outcome) => {
          if (outcome.kind === 'stored') resolve();
          else if (outcome.kind === 'refused') reject(refusedLetter(outcome.error));
          else if (!isLost) retry = setTimeout(publish, RETRY_MS);
        });
      publish();
    });
  }
}

function refusedLetter(error: Error): BridgeError {
  return new BridgeError(
    'ERR_BRIDGE_REFUSED',
    `The dead-letter subject refuses a message, too: ${wordsOf(error)}. It stays in the stream, and the route has stopped`,
    error,
  );
}
