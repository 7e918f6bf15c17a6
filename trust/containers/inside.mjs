// Runs in the machine: every check in turn, with one line of its console for each result.
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { RESULT } from '../machine/virtual-machine.mjs';
import { checks } from './checks.mjs';
import { run } from './podman.mjs';

const say = (result) => console.log(`${RESULT}${JSON.stringify(result)}`);
const uptime = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

async function versionOf(program) {
  const { stdout } = await run(program, ['--version']);
  return stdout.trim().split('\n')[0];
}

const isShort = readFileSync('/proc/cmdline', 'utf8').includes('sysvmq.short');

say({ release: release(), bootSeconds: uptime(), versions: [await versionOf('podman'), await versionOf('crun')] });
for (const { name, check, short } of checks) {
  if (isShort && !short) continue;
  const began = uptime();
  say({ check: name, started: true });
  try {
    const found = await check();
    say({ check: name, ok: true, found, seconds: Math.round(uptime() - began) });
  } catch (error) {
    say({ check: name, ok: false, error: String(error.message).slice(0, 2000), seconds: Math.round(uptime() - began) });
  }
}
say({ ended: true });
