/** The command `sysvmq` as a process of its own, as its user has it: the built one, in the tests' namespace. */

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from './child';
import { threadsInKernel } from './waiting-threads';

const root = join(__dirname, '..', '..');
/** The path of the command, which node runs. */
export const commandPath = join(root, 'dist', 'cli', 'main.js');

interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** What it reads from stdin; nothing by default. */
  input?: string | Uint8Array;
  env?: Record<string, string>;
  /** Another user; takes root. */
  uid?: number;
  gid?: number;
  cwd?: string;
  /** A command in front of node. */
  prefix?: string[];
  /** For a command that runs on: a file for its stdout. */
  stdout?: number;
}

// Local time and the width of a terminal are the machine's; the tests' are not.
function environment(env: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, TZ: 'UTC', NO_COLOR: '1', ...env };
}

function spawnOptions({ env, uid, gid, cwd }: RunOptions): SpawnOptions {
  return {
    cwd: cwd ?? root,
    env: environment(env),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

function commandLine(args: readonly string[], { prefix = [] }: RunOptions): string[] {
  return [...prefix, process.execPath, commandPath, ...args];
}

/** Runs `sysvmq …args` to its end; output as bytes. */
export function runForBytes(
  args: readonly string[],
  options: RunOptions = {},
): Omit<Ended, 'stdout'> & { stdout: Buffer } {
  const [file, ...rest] = commandLine(args, options);
  const { status, signal, stdout, stderr, error } = spawnSync(file as string, rest, {
    ...spawnOptions(options),
    input: options.input ?? '',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, signal, stdout, stderr: stderr.toString() };
}

/** Runs `sysvmq …args` to its end. */
export function runCommand(args: readonly string[], options: RunOptions = {}): Ended {
  const { stdout, ...rest } = runForBytes(args, options);
  return { ...rest, stdout: stdout.toString() };
}

/** Runs it, expects that it succeeds and prints nothing on stderr, and returns what it printed. */
export function outputOf(args: readonly string[], options: RunOptions = {}): string {
  const { status, signal, stdout, stderr } = runCommand(args, options);
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return stdout;
}

/** Runs it with --json, expects that it succeeds, and returns the document. */
export function jsonOf(args: readonly string[], options: RunOptions = {}): unknown {
  return JSON.parse(outputOf([...args, '--json'], options));
}

/** A command that runs while the test goes on. It is killed after the test, if it still runs. */
class RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], options: RunOptions) {
    const [file, ...rest] = commandLine(args, options);
    this.process = spawn(file as string, rest, {
      ...spawnOptions(options),
      stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
    });
    running.add(this);
    this.process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    // A command that ends before it has read its input is no failure of the test.
    this.process.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.process.once('close', (status, signal) => {
        running.delete(this);
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** Waits until stdout has so much of this text. */
  async printed(text: string): Promise<void> {
    await until(`the command prints ${JSON.stringify(text)}`, () => this.stdout.includes(text));
  }

  /** Waits until a thread of it is inside msgrcv or msgsnd: it has nothing else to do than to wait. */
  async waits(thread: 'sysvmq-recv' | 'sysvmq-send'): Promise<void> {
    await until(`the command waits in ${thread}`, () => threadsInKernel(thread, this.pid).length > 0);
  }

  write(text: string): void {
    this.process.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.process.kill(signal);
    return this.ended;
  }
}

const running = new Set<RunningCommand>();

/** Starts `sysvmq …args`. */
export function startCommand(args: readonly string[], options: RunOptions = {}): RunningCommand {
  return new RunningCommand(args, options);
}

afterEach(async () => {
  await Promise.all([...running].map((command) => command.kill('SIGKILL')));
});
