/** The console blocks of a page: command lines, each with what it prints. */

import { spawnSync } from 'node:child_process';
import { ownNamespace } from './child';
import { commandPath } from './command';

interface ConsoleLine {
  command: string;
  output: string;
}

/** The lines that begin with "$ " in the ```console blocks, in order. */
export function consoleLines(page: string): ConsoleLine[] {
  const blocks = page.match(/(?<=^```console\n)[\s\S]*?(?=^```$)/gm) ?? [];
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((entry) => {
        const end = entry.indexOf('\n');
        return { command: entry.slice(0, end), output: entry.slice(end + 1) };
      }),
  );
}

/** Runs the lines in one shell, in a new IPC namespace, and returns what each prints. */
export function runLines(commands: readonly string[], folder: string): string[] {
  const mark = '====next';
  const script = [
    `sysvmq() { '${process.execPath}' '${commandPath}' "$@"; }`,
    'exec 2>&1',
    ...commands.flatMap((command) => [command, `echo ${mark}`]),
  ];
  const [namespace, ...rest] = [...ownNamespace, 'bash', '-c', script.join('\n')];
  const { stdout } = spawnSync(namespace as string, rest, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 600_000,
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
  });
  return stdout.split(`${mark}\n`).slice(0, commands.length);
}
