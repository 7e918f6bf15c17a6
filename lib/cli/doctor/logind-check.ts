/** systemd-logind's RemoveIPC: it removes a user's queues when the user logs out (logind.conf(5)). */

import { existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { readText } from '../../kernel/read-file';
import type { Finding } from './finding';

/** In falling priority: a file hides later ones with its name (systemd's CONF_PATHS). */
const FOLDERS = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd', '/lib/systemd'];
/** The value unless the distribution has changed it (SYS_UID_MAX, login.defs(5)). */
const SYSTEM_UID_MAX = 999;
const TRUE = new Set(['1', 'yes', 'y', 'true', 't', 'on']);
const FALSE = new Set(['0', 'no', 'n', 'false', 'f', 'off']);

interface RemoveIpc {
  value: boolean;
  /** The file with the setting; undefined: logind's built-in default. */
  file: string | undefined;
}

/** The setting as logind reads it: the main file, then the drop-ins of all folders in the order of their names. */
function readRemoveIpc(): RemoveIpc {
  const main = FOLDERS.map((folder) => join(folder, 'logind.conf')).find((path) => existsSync(path));
  const dropIns = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const path of confFilesIn(join(folder, 'logind.conf.d'))) {
      if (!dropIns.has(basename(path))) dropIns.set(basename(path), path);
    }
  }
  const sorted = [...dropIns].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, path]) => path);
  let found: RemoveIpc = { value: builtIn(main), file: undefined };
  for (const path of main === undefined ? sorted : [main, ...sorted]) {
    const value = settingIn(readText(path) ?? '');
    if (value !== undefined) found = { value, file: path };
  }
  return found;
}

function confFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

// systemd's own file contains its built-in defaults as comments; some distributions build with "no".
function builtIn(main: string | undefined): boolean {
  const text = main === undefined ? '' : (readText(main) ?? '');
  const comment = /^#RemoveIPC=(\w+)\s*$/m.exec(text)?.[1]?.toLowerCase();
  return comment === undefined || !FALSE.has(comment);
}

/**
 * The value that a file sets in its section [Login]. The last one counts, and a value that is not a boolean is ignored.
 */
function settingIn(text: string): boolean | undefined {
  let section = '';
  let value: boolean | undefined;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (/^\[.*\]$/.test(line)) section = line;
    const word = /^RemoveIPC\s*=\s*(\S+)$/.exec(line)?.[1]?.toLowerCase();
    if (section !== '[Login]' || word === undefined) continue;
    if (TRUE.has(word)) value = true;
    else if (FALSE.has(word)) value = false;
  }
  return value;
}

export function checkRemoveIpc(): Finding {
  const name = 'remove-ipc';
  if (
    !FOLDERS.some((folder) => existsSync(join(folder, 'systemd-logind')) || existsSync(join(folder, 'logind.conf')))
  ) {
    return {
      name,
      state: 'ok',
      says: 'systemd-logind does not run here: queues stay at logout.',
      data: { logind: false },
    };
  }
  const { value, file } = readRemoveIpc();
  const running = existsSync('/run/systemd/system');
  const data = { logind: true, running, value, file: file ?? null };
  const says = `systemd-logind has RemoveIPC=${value ? 'yes' : 'no'} (${file ?? 'its default'})`;
  if (!value) return { name, state: 'ok', says: `${says}: queues stay when their owner logs out.`, data };
  if (!running) return { name, state: 'ok', says: `${says}, but does not run here.`, data };
  const { uid, username } = userInfo();
  const system = uid <= SYSTEM_UID_MAX;
  const lingers = existsSync(join('/var/lib/systemd/linger', username));
  const means = `When the last session of a user ends, all queues that the user owns are removed, in use or not (EIDRM, then EINVAL). ${whatOfUser(username, system, lingers)}`;
  return {
    name,
    state: system || lingers ? 'note' : 'problem',
    says: `${says}.`,
    means,
    data: { ...data, system, lingers },
  };
}

function whatOfUser(username: string, system: boolean, lingers: boolean): string {
  if (system) return `Not those of ${username}, nor of other system users.`;
  if (lingers) return `Not those of ${username}, who lingers (loginctl enable-linger).`;
  return `So are those of ${username}. Run services as a system user, or: loginctl enable-linger ${username}, or set RemoveIPC=no in /etc/systemd/logind.conf.d/.`;
}
