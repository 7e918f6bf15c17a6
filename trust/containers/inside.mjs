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

const parameters = readFileSync('/proc/cmdline', 'utf8').trim().split(' ');
const isShort = parameters.includes('sysvmq.short');
const [, only = ''] = parameters.find((word) => word.startsWith('sysvmq.only='))?.split('=') ?? [];
/** The first one installs the package, which the others run. */
const isChosen = ({ name, short }, index) =>
  index === 0 || (name.includes(decodeURIComponent(only)) && (short || !isShort));

say({ release: release(), bootSeconds: uptime(), versions: [await versionOf('podman'), await versionOf('crun')] });
for (const { name, check } of checks.filter(isChosen)) {
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
