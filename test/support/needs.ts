/** Tests that need something of the machine: they run where it is there, and say why where it is not. */

import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { effectiveCapabilities, inInitialUserNamespace } from '../../tools/harness/proc.cjs';

export interface Need {
  met: boolean;
  /** Names the package that would meet it as "(Debian package NAME)". */
  reason: string;
  /** The test is a slow one, in a run that leaves these out (slow.ts). */
  isLeftOut?: boolean;
}

/** `it`, or a test that is skipped for a reason that is printed. */
export function itNeeds(need: Need, title: string, body: jest.ProvidesCallback, timeoutMs?: number): void {
  if (need.isLeftOut !== true && need.met) {
    it(title, body, timeoutMs);
    return;
  }
  if (need.isLeftOut !== true) noteSkipped(title, need);
  it.skip(title, body);
}

/** Prints the reason, and notes it for the last lines of test/run.mjs. */
function noteSkipped(title: string, { reason }: Need): void {
  process.stderr.write(`skipped: ${title}\n  because ${reason}\n`);
  const file = process.env['SYSVMQ_SKIPPED'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ title, reason })}\n`);
}

// A user namespace's root has every capability in it and none outside, and only one user id.
const initialUserNamespace = inInitialUserNamespace();

function hasCapability(bit: bigint): boolean {
  return initialUserNamespace && ((effectiveCapabilities() >> bit) & 1n) === 1n;
}

/** To receive a message that is kept for 50 ms before it goes back to its queue. */
export const withinMilliseconds: Need = {
  met: process.env['SYSVMQ_TEST_PATIENCE'] === undefined,
  reason: 'a kept message goes back to its queue after 50 ms, and this machine may take longer',
};

/** The library as it is published. */
export const bundledLibrary: Need = {
  met: !existsSync(join(__dirname, '../../dist/core/lazy.js')),
  reason: 'dist/ has a file for each source here, as the measure of coverage takes it',
};

/** To become another user. */
export const otherUsers: Need = {
  met: process.getuid?.() === 0 && initialUserNamespace,
  reason: 'it takes root of the initial user namespace to become another user',
};

/** To give a queue more than MSGMNB. */
export const sysResource: Need = {
  met: hasCapability(24n),
  reason: 'this process lacks CAP_SYS_RESOURCE in the initial user namespace',
};

/** The other side of it: without the capability the kernel refuses. */
export const noSysResource: Need = {
  met: !sysResource.met,
  reason: 'this process has CAP_SYS_RESOURCE, so that nothing is refused',
};

/** A program on the PATH. */
export function program(name: string, debianPackage = name): Need {
  let met = true;
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
  } catch {
    met = false;
  }
  return { met, reason: `there is no ${name} (Debian package ${debianPackage})` };
}
