/** Runs the example of a bridge as its reader would. */

import { execFileSync } from 'node:child_process';
import { natsServer } from '../support/engine-servers';
import { runExample } from '../support/examples';
import { remainingQueues } from '../support/namespace';
import { itNeeds, type Need } from '../support/needs';

function debianPython(): Need {
  const reason = "Debian's Python has no sysv_ipc (Debian package python3-sysv-ipc)";
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import sysv_ipc'], { stdio: 'ignore' });
    return { met: true, reason };
  } catch {
    return { met: false, reason };
  }
}

itNeeds(
  natsServer.met ? debianPython() : natsServer,
  'two machines: what a program in C sends on one, a program in Python receives on the other',
  () => {
    const lines = runExample('bridge/two-machines.mjs').trim().split('\n');
    expect(lines).toEqual([
      'machine A: the producer in C has sent 10 orders, and has ended with status 0',
      ...Array.from(
        { length: 10 },
        (_, index) => `machine B, Python: order ${index + 1}, type ${((index + 1) % 3) + 1}`,
      ),
    ]);
    expect(remainingQueues()).toEqual([]);
  },
);
