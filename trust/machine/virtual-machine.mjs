// A virtual machine of qemu's, without the processor's help (TCG): it runs where there is no KVM, some ten times slower.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { getPriority } from 'node:os';
import { createInterface } from 'node:readline';

/** How a line of a program inside begins that is a result, in JSON. */
export const RESULT = '@result ';

// Higher than that, and beside other work, a machine does not come to its first process.
const NICENESS = 5;

// On a busy machine the emulated timer may be late, which a kernel takes for one that does not work.
const MACHINES = {
  x64: {
    program: 'qemu-system-x86_64',
    machine: ['-machine', 'pc', '-cpu', 'max'],
    parameters: ['console=ttyS0', 'no_timer_check'],
  },
  arm64: {
    program: 'qemu-system-aarch64',
    // Signed pointers as the processor has them take most of the time of an emulated one.
    machine: ['-machine', 'virt', '-cpu', 'max,pauth-impdef=on'],
    parameters: ['console=ttyAMA0'],
  },
};

function argumentsOf({ architecture, kernel, initrd, parameters = [], memoryMiB, devices = [] }) {
  const { program, machine, parameters: always } = MACHINES[architecture];
  const append = [...always, 'panic=-1', ...parameters].join(' ');
  const hardware = ['-accel', 'tcg,thread=multi', '-smp', '2', '-m', String(memoryMiB)];
  const quiet = [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-nic',
    'none',
  ];
  // It ends with this process, however that ends, and leaves the processor to whatever else needs it.
  const nicer = String(Math.max(0, NICENESS - getPriority()));
  const prefix = ['setpriv', '--pdeathsig', 'KILL', 'nice', '-n', nicer];
  const boot = ['-kernel', kernel.image, '-append', append];
  if (initrd !== undefined) boot.push('-initrd', initrd);
  return [...prefix, program, ...machine, ...hardware, ...quiet, ...boot, ...devices];
}

/**
 * Boots a kernel with an initrd or a disk, whose first process turns the machine off at its end. Everything on its console goes to the file
 * `log`, every result to `onResult`. Fulfilled when the machine is off: why it was ended, or undefined.
 */
export function runMachine(settings, { log, onResult, limitMs, silenceMs }) {
  const [program, ...args] = argumentsOf(settings);
  const machine = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const file = createWriteStream(log);
  machine.stdout.pipe(file, { end: false });
  machine.stderr.pipe(file, { end: false });
  let ended;
  const end = (why) => {
    ended ??= why;
    machine.kill('SIGKILL');
  };
  const limit = setTimeout(() => end(`it took longer than ${Math.round(limitMs / 60_000)} minutes`), limitMs);
  const silence = setTimeout(() => end(`it said nothing for ${Math.round(silenceMs / 60_000)} minutes`), silenceMs);
  createInterface({ input: machine.stdout }).on('line', (line) => {
    silence.refresh();
    if (!line.startsWith(RESULT)) return;
    try {
      onResult(JSON.parse(line.slice(RESULT.length)));
    } catch (error) {
      end(`a result could not be read (${error.message}): ${line}`);
    }
  });
  return new Promise((resolve, reject) => {
    machine.once('error', reject);
    machine.once('close', (status) => {
      clearTimeout(limit);
      clearTimeout(silence);
      file.end();
      if (ended === undefined && status !== 0) ended = `${program} ended with status ${status} (see ${log})`;
      resolve(ended);
    });
  });
}
