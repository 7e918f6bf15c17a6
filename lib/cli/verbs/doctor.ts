/** sysvmq doctor */

import type { Command } from 'commander';
import { checkCapabilities } from '../doctor/capability-checks';
import type { Check, Finding, State } from '../doctor/finding';
import { checkInHand } from '../doctor/in-hand-check';
import { checkNamespace, checkProc, checkQueues, checkSeccomp, checkSystem } from '../doctor/kernel-checks';
import { checkLimits } from '../doctor/limit-checks';
import { checkRemoveIpc } from '../doctor/logind-check';
import { checkStuckMessages } from '../doctor/stuck-check';
import { ReportedFailure } from '../errors';
import { print, printJson } from '../output/print';
import { wrap } from '../output/wrap';
import { verb } from '../verb';

const checks: readonly Check[] = [
  checkSystem,
  checkQueues,
  checkSeccomp,
  checkNamespace,
  checkProc,
  checkLimits,
  checkStuckMessages,
  checkInHand,
  checkCapabilities,
  checkRemoveIpc,
];

const MARKS: Record<State, string> = { ok: 'ok       ', note: 'note     ', problem: 'PROBLEM  ' };

export function doctorCommand(): Command {
  return verb('doctor', {
    summary: 'check whether queues work here, and explain problems',
    details:
      'Checks everything that queues depend on here: the kernel, seccomp, the IPC namespace, the limits and their use, messages without a reader or in hand of an ended consumer, capabilities, MSG_COPY, systemd-logind. It explains the meaning of each finding. To check that queues work it creates one of its own, and removes it. Exit status 1 when there is a problem.',
    examples: [
      ['doctor', 'before you search for a cause'],
      ['doctor --json', 'for a health check'],
    ],
  })
    .option('--json', 'one JSON document')
    .action(doctor);
}

async function doctor({ json }: { json?: true }): Promise<void> {
  const findings = checks.flatMap(attempt);
  const problems = findings.filter(({ state }) => state === 'problem').length;
  if (json) await printJson({ ok: problems === 0, findings });
  else await print(`${findings.map(formatFinding).join('')}\n${summary(problems)}\n`);
  if (problems > 0) throw new ReportedFailure();
}

// If queues do not work, the checks that ask the kernel about them are skipped: the first check reported that.
function attempt(check: Check): Finding[] {
  try {
    return [check()].flat();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

function formatFinding({ state, says, means }: Finding): string {
  const indent = ' '.repeat(MARKS[state].length);
  return [
    wrap(says, { first: MARKS[state], rest: indent }),
    means === undefined ? '' : wrap(means, { first: indent, rest: indent }),
  ].join('');
}

function summary(problems: number): string {
  if (problems === 0) return 'No problem found.';
  return problems === 1 ? 'There is a problem.' : `There are ${problems} problems.`;
}
