/**
 * Second processes. A test writes what they do as a function, which is sent over as text: it may use its parameters
 * only, nothing from around it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { syscallNumber, syscallOfThread } from '../../tools/harness/proc.cjs';

type Library = typeof import('../../lib/index');

/** What the function gets. `failure` returns what a call throws, as a plain object with name, code and the rest. */
export interface ChildContext {
  sysvmq: Library;
  require: NodeJS.Require;
  say(event: string, value?: unknown): void;
  told(): Promise<unknown>;
  failure(call: () => unknown): Record<string, unknown> | undefined;
}

export interface User {
  uid: number;
  gid: number;
  groups?: number[];
}

export interface ChildOptions {
  /** The child becomes this user before the function runs. Needs root. */
  user?: User;
  /** A command in front of node, such as ['unshare', '--ipc']. */
  prefix?: string[];
}

/** An ordinary user, without any rights: nobody:nogroup on Debian. */
export const nobody: User = { uid: 65534, gid: 65534 };
/** A command that gives the child an IPC namespace of its own. */
export const ownNamespace = ['unshare', '--ipc'];

const packageRoot = join(__dirname, '..', '..');
const running = new Set<Child>();

export class Child {
  readonly process: ChildProcess;
  /** What the function returned; rejects with what it threw. */
  readonly result: Promise<unknown>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr = '';
  readonly #events = new Map<string, unknown[]>();

  constructor(source: string, args: unknown, options: ChildOptions) {
    const [command, ...rest] = [...(options.prefix ?? []), process.execPath, join(__dirname, 'child-main.cjs')];
    this.process = spawn(command as string, rest, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, SYSVMQ_TEST_PACKAGE: packageRoot },
    });
    running.add(this);
    this.process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.result = new Promise((resolve, reject) => {
      this.process.on('message', (message: { event?: string; value?: unknown; result?: unknown; error?: object }) => {
        if (message.event === 'started') {
          this.process.send({ source, args, user: options.user });
        } else if (message.event !== undefined) {
          this.#events.set(message.event, [...(this.#events.get(message.event) ?? []), message.value]);
          this.process.emit(`said ${message.event}`);
        } else if (message.error !== undefined) {
          reject(Object.assign(new Error('the child failed'), message.error));
        } else {
          resolve(message.result);
        }
      });
      this.exited.then(({ code, signal }) =>
        reject(new Error(`the child ended (code ${code}, signal ${signal}) before it had a result\n${this.stderr}`)),
      );
    });
    this.result.catch(() => undefined);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** Waits until the child has said something, and returns its value. */
  async said(event: string): Promise<unknown> {
    while (!this.#events.get(event)?.length) {
      await Promise.race([once(this.process, `said ${event}`), this.#ended(event)]);
    }
    return this.#events.get(event)?.shift();
  }

  async #ended(event: string): Promise<never> {
    const { code, signal } = await this.exited;
    await this.result.catch((error) => {
      throw error;
    });
    throw new Error(`the child ended (code ${code}, signal ${signal}) before it said ${event}`);
  }

  tell(message: unknown): void {
    this.process.send(message as object);
  }

  /** Waits until the child's main thread is inside this system call. */
  async blockedIn(syscall: 'msgsnd' | 'msgrcv'): Promise<void> {
    const number = syscallNumber(syscall);
    await until(`process ${this.pid} blocks in ${syscall}`, () => syscallOfThread(this.pid, this.pid) === number);
  }

  /** Ends the child and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal);
    await this.exited;
    running.delete(this);
  }
}

/** Starts a child that runs `body(context, args)`. */
export function startChild<Args>(
  body: (context: ChildContext, args: Args) => unknown,
  args?: Args,
  options: ChildOptions = {},
): Child {
  return new Child(body.toString(), args, options);
}

/** Runs `body(context, args)` in a child and returns what it returns. */
export async function inChild<Args, Result>(
  body: (context: ChildContext, args: Args) => Result,
  args?: Args,
  options: ChildOptions = {},
): Promise<Awaited<Result>> {
  const child = startChild(body, args, options);
  const result = (await child.result) as Awaited<Result>;
  await child.exited;
  running.delete(child);
  return result;
}

/** Ends what a test has left running. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}

/** On emulated processors all takes longer; the program that starts the tests there says how many times. */
const PATIENCE = Number(process.env['SYSVMQ_TEST_PATIENCE'] ?? 1);

/** Waits until a condition holds; fails, with the condition's words, when that takes too long. */
export async function until(
  words: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs * PATIENCE;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
