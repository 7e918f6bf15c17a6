// The tarball that would be published.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Packs the package into a folder, building what it carries first, and returns the file. With `anew` nothing in it was built
 * before.
 */
export function packageTarball(folder, { anew = false } = {}) {
  const args = ['pack', '--json', '--pack-destination', folder, '--loglevel=error'];
  const env = { ...process.env, SYSVMQ_BUILD_ANEW: anew ? '1' : '' };
  const output = execFileSync('npm', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return join(folder, JSON.parse(output)[0].filename);
}
