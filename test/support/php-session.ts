/** A PHP interpreter that evaluates code for a test and answers over a queue, as PHP programs do by default. */

import { join } from 'node:path';
import { codecs, MessageQueue, type PhpOptions } from '../../lib/index';
import { setLimit } from './namespace';
import { startPartner } from './partner';
import { newQueue } from './queues';

const script = join(__dirname, '..', 'interop', 'php-session.php');
const MSGMAX = 1 << 20;
const ANSWER_MS = 20_000;

/** Messages of this type are for the code that is evaluated. */
const FOR_CODE = 4;

export class PhpSession {
  readonly #queue: MessageQueue;
  readonly #answers: MessageQueue;

  /** Starts PHP, which ends with the test. */
  constructor() {
    setLimit('msgmax', MSGMAX);
    setLimit('msgmnb', 2 * MSGMAX);
    this.#queue = newQueue();
    this.#answers = newQueue();
    startPartner('php', [
      '-d',
      'serialize_precision=-1',
      script,
      String(this.#queue.key),
      String(this.#answers.key),
    ]).then(({ stderr }) => process.stderr.write(stderr));
  }

  /** The bytes that PHP's msg_send makes of what `code` returns. */
  serialized(code: string): Buffer {
    this.#queue.sendSync(code, { type: 1 });
    const { type, data } = this.#answers.receiveSync({ timeout: ANSWER_MS });
    if (type === 3) throw new Error(`${data} in ${code}`);
    return data;
  }

  /** What the codec makes of what `code` returns. */
  evaluate(code: string, options?: PhpOptions): unknown {
    return codecs.php(options).decode(this.serialized(code));
  }

  /** What `code` returns, which finds `value` in $got: sent with the codec, and taken by msg_receive. */
  given(value: unknown, code: string, options?: PhpOptions): unknown {
    MessageQueue.attach(this.#queue.id, { codec: codecs.php(options) }).sendSync(value, { type: FOR_CODE });
    return this.evaluate(`msg_receive($queue, ${FOR_CODE}, $type, ${MSGMAX}, $got); ${code}`);
  }
}
