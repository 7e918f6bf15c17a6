// npm install --global, into a prefix: the command runs, and man finds its page.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { emptyProject, environment, run } from '../project.mjs';

export function manualPage(tarball) {
  const prefix = join(emptyProject('global'), 'prefix');
  const args = ['install', '--global', '--prefix', prefix, tarball, '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const version = run(prefix, [join(prefix, 'bin/sysvmq'), '--version']).trim();
  const page = run(prefix, ['man', '--where', 'sysvmq'], { env: { MANPATH: join(prefix, 'share/man') } }).trim();
  if (!/^\d+\.\d+\.\d+$/.test(version) || !page.startsWith(prefix)) throw new Error(`${version}, ${page}`);
}
