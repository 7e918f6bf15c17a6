// The tarball that would be published.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Packs the package into a folder, building what it carries first, and returns the file. The binaries of the processors that
 * `anew` names, or `all`, are built although there are some of the same sources.
 */
export function packageTarball(folder, { anew = '' } = {}) {
  const args = ['pack', '--json', '--pack-destination', folder, '--loglevel=error'];
  const env = { ...process.env, SYSVMQ_BUILD_ANEW: anew };
  const output = execFileSync('npm', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return join(folder, JSON.parse(output)[0].filename);
}
