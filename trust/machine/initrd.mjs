// Initial file systems: archives of folders, one after the other, which the kernel unpacks in turn.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

/** Where the project is in the machine. */
const PROJECT = '/sysvmq';

/** Adds what is in a folder to an archive, which is made anew unless `append`. */
export function archive(folder, file, { append = false } = {}) {
  const script = `find . -print0 | cpio --quiet --null --create --format=newc ${append ? '>>' : '>'} "$0"`;
  execFileSync('sh', ['-c', script, file], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The folders in node_modules/ that these packages need, with those packages. */
export function packagesOf(names) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const found = new Set();
  const resolve = (from, name) => {
    for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
      const path = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
      if (path in packages) return path;
      if (place === '') return undefined;
    }
  };
  const add = (from, name) => {
    const path = resolve(from, name);
    if (path === undefined || found.has(path) || !existsSync(join(root, path))) return;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path];
    for (const one of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) add(path, one);
  };
  for (const name of names) add('', name);
  return [...found];
}

/**
 * Adds node, the project as it is built, and `init` as /init, to an archive that has Debian already. `change` is called with
 * the folder of the project before that.
 */
export function addProject(file, { init, paths, packages, node = process.execPath, change = () => undefined }) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-initrd-'));
  // This folder becomes the machine's /, which every user enters.
  chmodSync(folder, 0o755);
  try {
    const copy = (from, to) => {
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      cpSync(from, join(folder, to), { recursive: true, verbatimSymlinks: true });
    };
    copy(node, 'usr/local/bin/node');
    copy(init, 'init');
    chmodSync(join(folder, 'init'), 0o755);
    for (const path of [...paths, ...packages]) copy(join(root, path), join(PROJECT, path));
    change(join(folder, PROJECT));
    archive(folder, file, { append: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
