/** Programs in other languages that a test runs beside it; they end with the test that started them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();

/** A partner's exit status and what it wrote to stderr. */
export interface PartnerEnd {
  status: number | null;
  stderr: string;
}

/** Starts a program, which each-test.ts ends after the test. */
export function startPartner(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<PartnerEnd> {
  const partner = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  running.add(partner);
  let stderr = '';
  partner.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    partner.once('error', reject);
    partner.once('close', (status) => {
      running.delete(partner);
      resolve({ status, stderr });
    });
  });
}

/** Ends what a test has left running. */
export async function stopPartners(): Promise<void> {
  await Promise.all(
    [...running].map((partner) => {
      partner.kill('SIGKILL');
      return once(partner, 'close');
    }),
  );
}
