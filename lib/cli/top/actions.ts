/** The actions on the selected queue: it is removed, or drained into a file while the screen continues. */

import { IPC_RMID } from '../../core/constants';
import { isMessageQueueError } from '../../core/errors';
import { MessageQueue } from '../../queue/message-queue';
import { msgctl } from '../../syscalls';
import { drainToFile, formatDrained } from '../drain-file';
import { FailureError } from '../errors';
import { formatError } from '../output/error-message';
import { formatCount } from '../output/format';
import type { Action, View } from './view';

type Notice = NonNullable<View['notice']>;

export class ActionRunner {
  readonly #notify: (notice: Notice) => void;
  readonly #fail: (error: unknown) => void;
  readonly #stop = new AbortController();
  #drain: Promise<void> | undefined;
  #ended = false;

  /** `notify` receives a message that fits into a line; `fail` ends the program with an error that does not. */
  constructor(notify: (notice: Notice) => void, fail: (error: unknown) => void) {
    this.#notify = notify;
    this.#fail = fail;
  }

  start(action: Action): void {
    if (action.does === 'remove') this.#notify(remove(action));
    else if (this.#drain !== undefined) this.#notify({ text: 'Another queue is being drained.', failed: true });
    else this.#drain = this.#run(action).finally(() => (this.#drain = undefined));
  }

  /** Ends a drain between two messages. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#stop.abort();
    await this.#drain;
  }

  async #run({ status, path }: Action & { does: 'drain' }): Promise<void> {
    try {
      const drained = await drainToFile(MessageQueue.attach(status.id), path, 'create', {}, this.#stop.signal);
      if (!this.#ended) this.#notify({ text: formatDrained(drained, path), failed: false });
    } catch (error) {
      if (this.#stop.signal.aborted && error === this.#stop.signal.reason) return;
      if (this.#ended) throw error;
      const text = wordsOf(error);
      // The text contains a message that could not go back: on stderr it survives.
      if (text.includes('\n')) this.#fail(error);
      else this.#notify({ text, failed: true });
    }
  }
}

function remove({ status: { id, messageCount } }: Action): Notice {
  try {
    msgctl(id, IPC_RMID);
    const words = messageCount > 0 ? `, and ${formatCount(messageCount, 'message')} with it` : '';
    return { text: `queue ${id} was removed${words}`, failed: false };
  } catch (error) {
    return { text: wordsOf(error), failed: true };
  }
}

function wordsOf(error: unknown): string {
  if (isMessageQueueError(error)) return formatError(error);
  if (error instanceof FailureError || error instanceof Error) return error.message;
  throw error;
}
