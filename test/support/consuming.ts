/** What tests of consume() share: a state folder of their own, and consumers in other processes that count their work. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { ChildContext } from './child';
import { beforeQueuesGo } from './queues';

/** A folder in /dev/shm that goes after the test. */
export function stateFolder(): string {
  const folder = mkdtempSync('/dev/shm/sysvmq-test-');
  beforeQueuesGo(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The airlocks in it. */
export function airlocksIn(folder: string): string[] {
  return readdirSync(folder);
}

export interface CountingOptions {
  key: number;
  state: string;
  name?: string;
  concurrency?: number;
  attempts?: number;
  /** Where each message that is begun, and each that is done, is written to, one line each. */
  log: string;
  /** Microseconds of work. */
  work?: number;
  select?: { type?: number; upTo?: number; except?: number };
}

/** Consumes for ever, in another process; on a message, ends as well as it can. */
export async function countMessages({ sysvmq, require, say, told }: ChildContext, options: CountingOptions) {
  const { openSync, writeSync } = require('node:fs') as typeof import('node:fs');
  const log = openSync(options.log, 'a');
  const queue = sysvmq.MessageQueue.open(options.key);
  const consumer = queue.consume(
    async ({ data }, { attempt }) => {
      const text = data.toString('latin1');
      writeSync(log, `begin ${text} ${attempt}\n`);
      if (options.work) await new Promise((resolve) => setTimeout(resolve, (options.work as number) / 1000));
      writeSync(log, `done ${text} ${attempt}\n`);
    },
    {
      state: options.state,
      retryDelay: 1,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
      ...options.select,
    },
  );
  process.once('SIGTERM', () => void consumer.close({ timeout: 2000 }).then(() => process.exit(0)));
  say('consuming');
  await told();
  await consumer.close();
  return consumer.stats().handled;
}

/** How often each message was begun, and done. */
export function countLog(lines: string): { begun: Map<string, number>; done: Map<string, number> } {
  const begun = new Map<string, number>();
  const done = new Map<string, number>();
  for (const line of lines.split('\n')) {
    const [what, message] = line.split(' ');
    if (message === undefined) continue;
    const counts = what === 'begin' ? begun : done;
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return { begun, done };
}
