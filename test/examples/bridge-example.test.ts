/** Runs the example of a bridge as its reader would. */

import { natsServer } from '../support/engine-servers';
import { runExample } from '../support/examples';
import { pythonModule } from '../support/languages';
import { remainingQueues } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { slow } from '../support/slow';

itNeeds(
  slow(natsServer.met ? pythonModule() : natsServer),
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
