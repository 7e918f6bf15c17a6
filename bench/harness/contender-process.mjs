// A contender in a process of its own, which lives through a case and does a given amount of work at a time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from '../../tools/harness/places.mjs';

const ANSWER_MS = 120_000;
const END_MS = 5_000;

export class ContenderProcess {
  #child;
  #lines;
  #stderr = '';
  #ended;

  constructor([program, ...args]) {
    // In its own group, so that partners that it has started end with it.
    this.#child = spawn(program, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-2000);
    });
    this.#child.stdin.on('error', () => undefined); // It has ended: the answer that does not come tells.
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) => resolve(`it ended with ${code ?? signal}`));
    });
  }

  /** What it says of itself when it is ready. */
  async ready() {
    const line = await this.#answer('start');
    if (!line.startsWith('ready ')) throw new Error(`it said "${line}" and not that it is ready`);
    return line.slice('ready '.length);
  }

  /** The number that it answers to a line. */
  async run(line) {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#answer(line);
    if (!/^\d+(\.\d+)?$/.test(answer)) throw new Error(`"${line}": ${answer}`);
    return Number(answer);
  }

  async #answer(what) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ANSWER_MS, { late: true });
    });
    const next = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    if (next.late) throw new Error(`"${what}" has taken longer than ${ANSWER_MS / 1000} s`);
    if (!next.done) return next.value;
    throw new Error(`"${what}": ${await this.#ended}\n${this.#stderr.trim()}`);
  }

  /** Ends it, and whatever it has started. */
  async stop() {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#kill(), END_MS);
    await this.#ended;
    clearTimeout(timer);
    this.#kill();
  }

  #kill() {
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // The group has ended.
    }
  }
}
