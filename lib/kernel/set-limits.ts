/** Sets the kernel's limits: now (setLimits) and from the next boot on (persistLimits). */

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { outOfRange } from '../core/argument-errors';
import { INT_MAX } from '../core/constants';
import * as errno from '../core/errno';
import { type LimitField, procPathOf, settableFields } from '../core/limit-table';
import { checkOptions, checkProperties, type OptionNames, optionNames, refuseExtra } from '../core/options';
import { checkBoolean, checkInteger, checkString } from '../core/validators';
import { errorFromFile } from './error-from-file';
import { limitRefused } from './limit-reached';
import { getLimits, type Limits, queueCountCeiling, readProcLimits } from './limits';
import { replaceFile } from './replace-file';
import { withSettings } from './sysctl-file';

/** Limits to set; what is left out stays. */
export type LimitChanges = { [Field in LimitField]?: number | undefined };

/** Options of `persistLimits`. */
export interface PersistOptions {
  /** The file to write. Default: /etc/sysctl.d/60-sysvmq.conf. */
  file?: string | undefined;
  /** Set the limits of the running kernel as well. Default: false. */
  apply?: boolean | undefined;
}

/** The default file of persistLimits. */
export const DEFAULT_SYSCTL_FILE = '/etc/sysctl.d/60-sysvmq.conf';

const settable = { msgmni: true, msgmax: true, msgmnb: true } as const;
const ofSetLimits = optionNames<LimitChanges>('setLimits', settable);
const ofPersistLimits = optionNames<LimitChanges>('persistLimits', settable);
const persistOptions = optionNames<PersistOptions>('persistLimits', { file: true, apply: true });

/**
 * Sets limits of this IPC namespace: all of the given ones, or none.
 *
 * Writes /proc/sys/kernel/msgmni (0 … 32768, or 16777216 if the kernel was started with ipcmni_extend), msgmax and
 * msgmnb (0 … 2^31−1). The values hold until the next boot, or until the namespace ends (Linux ipc/ipc_sysctl.c).
 * msgmax applies at once to every queue; msgmni to new queues; msgmnb to new queues, and as the highest msg_qbytes that
 * an owner may give an old one. Keep msgmnb at msgmax or above: a queue accepts no message longer than its msg_qbytes.
 *
 * @returns The limits after the change.
 * @throws {QueueAccessError} `EACCES`, `EPERM`, `EROFS`: you need root in the user namespace that owns the IPC
 *   namespace.
 * @throws {LimitError} `EINVAL`: the kernel refused a value, and the old values were restored.
 * @throws {RangeError} `ERR_OUT_OF_RANGE`: no kernel accepts the value; nothing was written.
 *
 * @example
 * const { msgmax, msgmnb } = readProcLimits();
 * const limits = setLimits({ msgmax, msgmnb: Math.max(msgmnb, msgmax) });
 * assert.ok(limits.msgmnb >= limits.msgmax);
 */
export function setLimits(limits: LimitChanges): Limits;
export function setLimits(limits: LimitChanges, extra?: unknown): Limits {
  refuseExtra(extra, 'setLimits');
  writeLimits(checkLimits(limits, ofSetLimits));
  return getLimits();
}

/**
 * Writes limits into a sysctl file, which sets them at every boot: `kernel.msgmni = 2048`.
 *
 * An existing file keeps its other contents; an existing setting is changed in place. The file is replaced atomically,
 * so a reader never sees half of it. Containers do not inherit such settings from their host: a new IPC namespace
 * starts with the kernel's defaults.
 *
 * @param options.file - Default: /etc/sysctl.d/60-sysvmq.conf. /etc/sysctl.conf is enough as well.
 * @param options.apply - Set the limits of the running kernel as well: both or neither. Default: false.
 * @throws {QueueAccessError} `EACCES`, `EPERM`, `EROFS`: no permission to write the file, or with `apply` the limits.
 * @throws {MessageQueueError} `ENOENT`: the file's folder does not exist.
 *
 * @example
 * persistLimits({ msgmni: 2048 }, { file: `${tmpdir}/60-sysvmq.conf` });
 * assert.match(readFileSync(`${tmpdir}/60-sysvmq.conf`, 'utf8'), /^kernel\.msgmni = 2048$/m);
 */
export function persistLimits(limits: LimitChanges, options?: PersistOptions): void;
export function persistLimits(limits: LimitChanges, options?: PersistOptions, extra?: unknown): void {
  refuseExtra(extra, 'persistLimits', 'nothing');
  const values = checkLimits(limits, ofPersistLimits);
  const { file: fileOption, apply: applyOption } = checkOptions(options, persistOptions) ?? {};
  const file = fileOption === undefined ? DEFAULT_SYSCTL_FILE : checkString(fileOption, 'options.file');
  if (file === '' || file.includes('\0')) throw outOfRange('options.file', "a path without '\\0'", file);
  const apply = applyOption === undefined ? false : checkBoolean(applyOption, 'options.apply');
  const settings = new Map(values.map(([field, value]) => [`kernel.${field}`, String(value)]));

  let applied: (() => void) | undefined;
  let refused: unknown;
  try {
    replaceFile(file, (before) => withSettings(before, settings), {
      beforeReplacing: () => {
        try {
          if (apply) applied = writeLimits(values);
        } catch (error) {
          refused = error;
          throw error;
        }
      },
    });
  } catch (error) {
    applied?.();
    throw refused ?? errorFromFile(error, `permission to write ${file}`);
  }
}

type LimitValue = [field: LimitField, value: number];

/** The given limits, checked, in the order of writing. */
function checkLimits(limits: LimitChanges, known: OptionNames): LimitValue[] {
  checkProperties(limits, known, 'limits');
  const values: LimitValue[] = [];
  for (const field of settableFields) {
    const value: unknown = limits[field];
    if (value === undefined) continue;
    const ceiling = field === 'msgmni' ? queueCountCeiling() : INT_MAX;
    values.push([field, checkInteger(value, `limits.${field}`, 0, ceiling)]);
  }
  if (values.length === 0) throw outOfRange('limits', `an object with one of ${settableFields.join(', ')}`, limits);
  return values;
}

/**
 * Writes all values or none, and returns a function that restores the old ones. It skips the checks of setLimits, so
 * that a test can make the kernel refuse.
 */
export function writeLimits(values: LimitValue[]): () => void {
  const before = readProcLimits();
  const files = openAll(values);
  const written: LimitValue[] = [];
  try {
    for (const [index, [field, value]] of values.entries()) {
      writeOne(files[index] as number, field, value, before[field]);
      written.unshift([field, before[field]]);
    }
  } catch (error) {
    putBack(written);
    throw error;
  } finally {
    for (const file of files) closeSync(file);
  }
  return () => putBack(written);
}

function putBack(values: LimitValue[]): void {
  for (const [field, value] of values) writeFileSync(procPathOf(field), `${value}\n`);
}

// The kernel checks the permission at open, so opening all files first detects a lack of permission before anything
// changes.
function openAll(values: LimitValue[]): number[] {
  const files: number[] = [];
  for (const [field] of values) {
    try {
      files.push(openSync(procPathOf(field), 'r+'));
    } catch (error) {
      for (const file of files) closeSync(file);
      throw errorFromFile(error, `permission to write ${procPathOf(field)}`);
    }
  }
  return files;
}

function writeOne(file: number, field: LimitField, value: number, before: number): void {
  try {
    writeSync(file, `${value}\n`, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === errno.EINVAL) throw limitRefused(field, before, value, error);
    throw errorFromFile(error, `permission to write ${procPathOf(field)}`);
  }
}
