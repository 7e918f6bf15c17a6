// One program of C++ tests under valgrind's memcheck.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';

// These hand the kernel memory that is not there, to see it refused; valgrind says so of each.
const BAD_MEMORY = [
  '*Efault*',
  'ReadinessWait.NeedsMemoryForTheTypeOfAnEmptyMessage',
  'Send.FailsWithEinvalForAMessageThatIsNone',
  'Receive.FailsWithEinvalForANegativeLengthAndWithoutAQueue',
];
// Valgrind keeps the highest real-time signal, which these expect to be free or to take, and delivers others in its own time.
const SIGNALS = [
  'AcquireWakeSignal.IsSigurgAndTheSameAgain',
  'AcquireWakeSignal.TakesAnotherWhenItsOwnWasTakenAway',
  'AcquireWakeSignal.LeavesHandlersOfOthersAlone',
  'AcquireWakeSignal.IsOneForThreadsThatAskAtOnce',
  'IntervalSignal.LeavesNoSignalPending',
  'TakenSignals.ThereIsNoneFromTheBeginning',
  'JobThread.PollsWhereNoSignalCouldBringItBack',
];

const OPTIONS = [
  '--leak-check=full',
  '--show-leak-kinds=definite',
  '--errors-for-leak-kinds=definite',
  '--track-fds=yes',
  // Processes that a test forks end without tidying up, as killed ones do.
  '--child-silent-after-fork=yes',
  // Threads take turns, and none of those that look for something is to keep the others out.
  '--fair-sched=yes',
  '--error-exitcode=99',
];
const TIMEOUT_MS = 900_000;

function sumOf(text, pattern) {
  return [...text.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits.replaceAll(',', '')), 0);
}

/** What a process and those that it forked have left open: not what they were given. */
function openDescriptors(text) {
  return [...text.matchAll(/Open (?:file descriptor|\w+ socket) .*\n==\d+== +(.*)/g)].filter(
    ([, from]) => !from.includes('inherited from parent'),
  ).length;
}

/** Runs it: { passed, errors, lost, descriptors, failures }. */
export function memcheck(program, logs) {
  const name = basename(program);
  const [command, ...prefix] = inOwnNamespace;
  const valgrind = ['valgrind', ...OPTIONS, `--log-file=${join(logs, `${name}-%p`)}`];
  const filter = `--gtest_filter=-${[...BAD_MEMORY, ...SIGNALS].join(':')}`;
  const { status, signal, stdout } = spawnSync(command, [...prefix, ...valgrind, program, filter], {
    encoding: 'utf8',
    env: { ...process.env, ...ownNamespaceEnvironment },
    maxBuffer: 2 ** 28,
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const files = readdirSync(logs).filter((file) => file.startsWith(`${name}-`));
  const text = files.map((file) => readFileSync(join(logs, file), 'latin1')).join('\n');
  const passed = sumOf(stdout ?? '', /\[ {2}PASSED {2}\] (\d+) test/g);
  const result = {
    passed,
    errors: sumOf(text, /ERROR SUMMARY: ([\d,]+) errors/g),
    lost: sumOf(text, /definitely lost: ([\d,]+) bytes/g),
    descriptors: openDescriptors(text),
  };
  const isRight = status === 0 && passed > 0 && result.errors + result.lost + result.descriptors === 0;
  if (isRight) return { ...result, failures: [] };
  const words = `${stdout}\n${text}`.split('\n').slice(-80).join('\n');
  return { ...result, failures: [`${name} under valgrind: ${signal ?? `status ${status}`}\n${words}`] };
}
