// The program. In the executable there is no node_modules: the few files of the package that it takes are assets, which
// are written into a folder for as long as the program runs.
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { getAsset } = require('node:sea');

const folder = mkdtempSync(join(tmpdir(), 'program-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
for (const path of JSON.parse(getAsset('files', 'utf8'))) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), new Uint8Array(getAsset(path)));
}
const { MessageQueue } = createRequire(join(folder, 'program.cjs'))('sysvmq');

const queue = MessageQueue.createPrivate();
queue.receive().then(({ data }) => {
  console.log(`received: ${data}`);
  queue.remove();
});
queue.send('hello from one file');
