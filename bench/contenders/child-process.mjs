// Node's channel to a child process, with either of its serializations. This file is also the child.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { asTheyAre, beThePartner, serveChannel } from './channel.mjs';

/** One end; `send` says no when so much is waiting that the sender should wait until this one is through. */
function endOf(side) {
  let callback = () => undefined;
  side.on('message', (value) => callback(value));
  return {
    ...asTheyAre,
    post(value) {
      let through;
      const sent = side.send(value, () => through?.());
      return sent
        ? undefined
        : new Promise((resolve) => {
            through = resolve;
          });
    },
    listen(listener) {
      callback = listener;
    },
    order: (bytes, count) => side.send({ bytes, count }),
  };
}

const [mode, role] = process.argv.slice(2);
if (mode === 'partner') {
  process.on('disconnect', () => process.exit(0));
  beThePartner(role, endOf(process));
} else {
  await serveChannel((partnersRole) =>
    endOf(fork(fileURLToPath(import.meta.url), ['partner', partnersRole], { serialization: mode })),
  );
}
