/**
 * Explains why the addon did not load, and names the remedy.
 *
 * Nothing here may throw or wait: isSupported() uses it, and the process may have no file, memory or right left. So it
 * avoids process.report, which looks up the name of every address that the process is connected to.
 */

import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A failed load. */
interface LoadFailure {
  cause: unknown;
  /** The expected folder of the package; empty in a bundle that does not know its folder. */
  packageRoot: string;
  /** The file that exists and did not load; undefined when there is none. */
  path: string | undefined;
  /** The places searched. */
  tried: string[];
}

export function explainLoadFailure(failure: LoadFailure): string {
  const headline = 'The native addon of sysvmq could not be loaded.';
  try {
    return [
      headline,
      `  platform:  ${process.platform}-${process.arch}, ${libc()}, ${runtime()}`,
      ...placesOf(failure),
      ...reasonOf(failure),
      ...remedy(failure).map((line, index) => (index === 0 ? `  what to do: ${line}` : `    ${line}`)),
    ].join('\n');
  } catch {
    return `${headline}\n  reason:    ${firstLine(messageOf(failure.cause))}`;
  }
}

/** The file that did not load, or every place searched. */
function placesOf({ path, tried }: LoadFailure): string[] {
  if (path !== undefined) return [`  file:      ${path}`];
  return tried.length === 0 ? [] : ['  tried:', ...tried.map((place) => `    ${place}`)];
}

/** The reason; when no file was found, the list of places is the reason. */
function reasonOf({ cause, tried }: LoadFailure): string[] {
  const reason = firstLine(messageOf(cause));
  return tried.length > 0 && /^(There is no|Could not locate) /.test(reason) ? [] : [`  reason:    ${reason}`];
}

function messageOf(cause: unknown): string {
  return String((cause as Error | undefined)?.message ?? cause);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}

function runtime(): string {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  if (deno !== undefined) return `Deno ${deno}`;
  return `Node.js ${process.version}`;
}

/** Recognized by the files that this process has mapped. */
function libc(): string {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    if (maps.includes('/ld-musl-')) return 'musl';
    if (/\/libc(-[\d.]+)?\.so/.test(maps)) return 'glibc';
  } catch {
    // /proc is missing or not readable.
  }
  return 'unknown libc';
}

function remedy(failure: LoadFailure): string[] {
  if (process.platform !== 'linux') {
    return [
      'System V message queues are supported on Linux only. Run this in a container, in a virtual machine or in WSL 2;',
      'a program can check isSupported() first.',
    ];
  }
  const denied = remedyForDenial(failure);
  if (denied !== undefined) return denied;
  if (failure.path !== undefined) return remedyForFile(failure, failure.path);
  if (!isThisPackage(failure.packageRoot)) {
    return [
      `This code is not in its package (looked in ${failure.packageRoot || 'no folder'}): it was bundled, and the addon cannot be.`,
      'Mark sysvmq as external in the bundler (esbuild --external:sysvmq; external: ["sysvmq"] of rollup and vite;',
      'externals: { sysvmq: "commonjs sysvmq" } of webpack), and install it where the bundle runs.',
    ];
  }
  return remedyForMissing(failure);
}

/** The remedy when the runtime refuses any addon. */
function remedyForDenial({ cause, packageRoot }: LoadFailure): string[] | undefined {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown };
  if (process.versions['deno'] !== undefined && (name === 'NotCapable' || name === 'PermissionDenied')) {
    return ['give Deno the rights: deno run --allow-ffi --allow-read, or -A.'];
  }
  if (code === 'ERR_DLOPEN_DISABLED') {
    return [
      'let Node.js load addons: --allow-addons beside --permission, and no --no-addons (look at NODE_OPTIONS, too).',
    ];
  }
  const { permission } = process as { permission?: { has(scope: string, reference?: string): boolean } };
  if (code === 'ERR_ACCESS_DENIED' || permission?.has('fs.read', packageRoot) === false) {
    return [`let Node.js read the package: --allow-fs-read=${join(packageRoot, '*')} beside --permission.`];
  }
  return undefined;
}

function remedyForMissing({ packageRoot, tried }: LoadFailure): string[] {
  const hidden = tried.find((path) => codeOfStat(path) === 'EACCES');
  if (hidden !== undefined) return remedyForPermission(hidden);
  const platform = `${process.platform}-${process.arch}`;
  const there = prebuiltPlatforms(packageRoot);
  if (there.length > 0 && !there.includes(platform)) {
    return [`the package has binaries for ${there.join(', ')}, and none for ${platform}. ${buildCommand(packageRoot)}`];
  }
  return [
    'the file is not where the package was installed or copied to. Install the package again, or copy its folder',
    `prebuilds/, too. ${buildCommand(packageRoot)}`,
  ];
}

function remedyForFile({ cause, packageRoot }: LoadFailure, path: string): string[] {
  const message = messageOf(cause);
  if (/too many open files/i.test(message)) {
    return [
      'this process, or the system, has no file descriptor left: close some, or raise the limit (ulimit -n,',
      'LimitNOFILE=). The next call tries again.',
    ];
  }
  if (/cannot allocate memory/i.test(message)) return ['there is no memory left. The next call tries again.'];
  if (/failed to map segment/.test(message)) {
    return [
      'the kernel does not let this file be run. Most often its file system is mounted with noexec, which',
      `findmnt --target ${dirname(path)} shows: install the package on another one, or remount it with exec.`,
    ];
  }
  if (/permission denied/i.test(message)) return remedyForPermission(path);
  if (/version [`'"]?GLIBC_/.test(message)) return [`this libc is too old for the file. ${buildCommand(packageRoot)}`];
  const processor = processorOf(path);
  if (processor === undefined) return ['the file is damaged: install the package again.'];
  if (processor !== process.arch) {
    return [
      `the file is for ${processor}, and this process is ${process.arch}: install the package, or build it, with the`,
      'Node.js that runs it.',
    ];
  }
  return [`install the package again. ${buildCommand(packageRoot)}`];
}

function remedyForPermission(path: string): string[] {
  return [
    `let this user (uid ${process.getuid?.()}) read the file and enter its folders:`,
    `namei --long ${path} shows who may.`,
  ];
}

function buildCommand(packageRoot: string): string {
  const directory = existsSync(join(packageRoot, 'binding.gyp')) ? '' : ' --directory native';
  return `Or build it, which takes g++, make and python3:\n      cd ${packageRoot} && npx node-gyp rebuild${directory}`;
}

function codeOfStat(path: string): unknown {
  try {
    statSync(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function prebuiltPlatforms(packageRoot: string): string[] {
  try {
    return readdirSync(join(packageRoot, 'prebuilds')).sort();
  } catch {
    return [];
  }
}

/** ELF's e_machine, by the names of process.arch. */
const PROCESSORS: Record<number, string> = {
  3: 'ia32',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};
const ELF_MAGIC = 0x7f454c46;

/** The processor of a binary; undefined when the file is not one. */
function processorOf(path: string): string | undefined {
  const header = Buffer.alloc(20);
  try {
    const file = openSync(path, 'r');
    try {
      if (readSync(file, header, 0, header.length, 0) < header.length) return undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  if (header.readUInt32BE(0) !== ELF_MAGIC) return undefined;
  const bigEndian = header[5] === 2;
  const machine = bigEndian ? header.readUInt16BE(18) : header.readUInt16LE(18);
  return PROCESSORS[machine] ?? `processor ${machine} of ELF`;
}

// A file that cannot be read counts as the package's.
function isThisPackage(folder: string): boolean {
  if (folder === '') return false;
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'sysvmq';
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
  }
}
