// A second Node process, or thread, that sends to a contender or answers it. It ends when the contender does.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a program of this folder; `order(…numbers)` writes it a line (see `obey` in serve.mjs). */
export function startPartner(program, ...args) {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, path, ...args.map(String)], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.once('exit', (code, signal) => {
    console.error(`the partner ${program} has ended with ${code ?? signal}`);
    process.exit(1);
  });
  return { order: (...numbers) => child.stdin.write(`${numbers.join(' ')}\n`) };
}
