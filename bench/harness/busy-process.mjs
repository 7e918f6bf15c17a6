// A program that never rests, on the processor that the contenders of a row share.
import { spawn } from 'node:child_process';
import { firstProcessor } from '../../tools/harness/proc.cjs';

export function startBusyProcess() {
  const child = spawn('taskset', ['-c', firstProcessor(), process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  return {
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}
