// A Jest that does not end although its tests have: what its threads do, and whether that is Node.js's own fault.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

// Longer than Jest's own reporter waits for the end (reporter.cjs), which is the better message.
const END_MS = 90_000;
const LOOK_MS = 5000;
const GDB_MS = 60_000;

/** The functions that each thread is in, or its system call where there is no gdb. */
function threadsOf(pid) {
  const gdb = spawnSync('gdb', ['-batch', '-p', String(pid), '-ex', 'thread apply all backtrace 20'], {
    encoding: 'utf8',
    timeout: GDB_MS,
  });
  if (gdb.status === 0) return gdb.stdout.slice(gdb.stdout.indexOf('\nThread '));
  const read = (thread, name) => readFileSync(`/proc/${pid}/task/${thread}/${name}`, 'latin1').trim();
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.map((thread) => `  ${read(thread, 'comm')}: system call ${read(thread, 'syscall')}`).join('\n');
}

/**
 * Node.js can deadlock while it shuts its platform down (https://github.com/nodejs/node/issues/54918). The main thread
 * is there then, and no thread is in this library.
 */
export function isNodesDeadlock(stacks) {
  const [main] = stacks.split(/^Thread (?=1 )/m).slice(-1);
  return /node::(NodePlatform|WorkerThreadsTaskRunner|V8Platform)::/.test(main) && !/sysvmq/.test(stacks);
}

/** Kills a Jest that does not end after it wrote its result. Calls `judge` with whether the fault is Node.js's own. */
export function endInTime(child, resultFile, judge) {
  const timer = setInterval(() => {
    if (!existsSync(resultFile) || Date.now() - statSync(resultFile).mtimeMs < END_MS) return;
    clearInterval(timer);
    const stacks = threadsOf(child.pid);
    const isNodes = isNodesDeadlock(stacks);
    const verdict = isNodes ? 'a deadlock of Node.js, nodejs/node#54918' : 'FAIL';
    console.error(`Jest did not end ${END_MS / 1000} s after its last test (${verdict}):\n${stacks}`);
    judge(isNodes);
    child.kill('SIGKILL');
  }, LOOK_MS);
  child.once('close', () => clearInterval(timer));
}
