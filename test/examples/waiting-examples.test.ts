/** Runs the programs in examples/ that wait, as their reader would. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { remainingQueues } from '../support/namespace';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');

function runExample(name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'examples', name)], {
    encoding: 'utf8',
    cwd: root,
    timeout: 50_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(remainingQueues()).toEqual([]);
  return stdout;
}

/** The line numbers of the lines that match. */
function linesOf(output: string, pattern: RegExp): number[] {
  return output.split('\n').flatMap((line, number) => (pattern.test(line) ? [number] : []));
}

itSlow('worker-pool has three processes do every job once, urgent ones before others', () => {
  const output = runExample('worker-pool.mjs');
  const jobs = [...output.matchAll(/(?<=^ {2}(URGENT|normal) {2})\w+ \d+/gm)].map(([job]) => job).sort();
  const reports = Array.from({ length: 12 }, (_, number) => `report ${number + 1}`);
  expect(jobs).toEqual(['alarm 1', 'alarm 2', 'alarm 3', ...reports].sort());
  expect(new Set(output.match(/(?<=worker )\d+(?= is ready)/g)).size).toBe(3);
  const workers = new Set(output.match(/(?<=done by worker )\d+/g));
  expect(workers.size).toBeGreaterThan(1);
  expect(workers).not.toContain(/manager (\d+)/.exec(output)?.[1]);
  expect(Math.max(...linesOf(output, /URGENT/))).toBeLessThan(Math.max(...linesOf(output, / normal /)));
  expect(output).toContain('sent 15 jobs, the urgent ones last');
  expect(output).toContain('the workers ended with status 0, 0, 0; 0 jobs are left');
});

itSlow('request-reply gives each question its own answer from the other process', () => {
  const output = runExample('request-reply.mjs');
  const client = /client (\d+)/.exec(output)?.[1];
  const answers = [
    ...output.matchAll(/^client \d+: "(.+)" was answered by server (\d+) with type (\d+): "(.+)"$/gm),
  ].map(([, question, server, type, answer]) => ({ question, server, type, answer }));
  expect(answers.map(({ question }) => question).sort()).toEqual([
    'the long question',
    'the quick question',
    'the short question',
  ]);
  for (const { question, answer } of answers) expect(answer).toBe(question?.toUpperCase());
  // The quick one comes first though it was asked last.
  expect(answers.at(-1)?.question).toBe('the long question');
  expect(new Set(answers.map(({ type }) => type)).size).toBe(3);
  expect(new Set([client, ...answers.map(({ server }) => server)]).size).toBe(2);
  expect(output).toContain('a question that was not asked (ETIMEDOUT)');
  expect(output).toContain('the server ended with status 0; 0 messages are left');
});

itSlow('cancel-and-timeout catches each way to cancel by its class, and loses no message', () => {
  const output = runExample('cancel-and-timeout.mjs');
  expect(output).toMatch(/TimeoutError \(ETIMEDOUT\): msgrcv on queue .+ timed out after 50 ms/);
  expect(output).toContain('what came afterwards is in the queue: "too late"');
  expect(output).toContain('AbortError (ABORT_ERR) because the user pressed Cancel');
  expect(output).toMatch(/QueueClosedError \(ERR_QUEUE_CLOSED\): The handle of queue \d+ is closed/);
  expect(output).toContain('a loop over the messages has ended, without an error');
  expect(output).not.toContain('never printed');
  expect(output).toMatch(/TimeoutError \(ETIMEDOUT\): msgsnd on queue .+ timed out after 50 ms/);
  expect(output).toContain('the queue holds 1 message, "ten bytes!"');
  const [, received, canceled, found] =
    /sent: (\d+) were received\n {2}(\d+) receives were canceled: the queue had the message of (\d+) of them/.exec(
      output,
    ) ?? [];
  expect(Number(received)).toBeGreaterThan(0);
  expect(Number(canceled)).toBeGreaterThan(0);
  expect(found).toBe(canceled);
  expect(Number(received) + Number(found)).toBe(1000);
  expect(output).toContain('  0 messages are lost');
});

it('stream-pipeline makes every line a payment, and lines wait in the kernel until a reader takes the payments', () => {
  const output = runExample('stream-pipeline.mjs');
  expect(output).toMatch(/queue \d+ holds 40 lines, such as "user-1 0.25"/);
  expect(output).toContain('3 payments (84 of 100 bytes) are in it');
  const waiting = Number(/so (\d+) lines wait/.exec(output)?.[1]);
  expect(waiting).toBeGreaterThan(15);
  expect(waiting).toBeLessThan(37);
  expect(output).toContain('payment 40: user-40 paid 1000 cents');
  expect(output).toContain('40 payments, 20500 cents in all');
  expect(output).toContain('the pipeline has ended; 0 lines and 0 payments are left');
});
