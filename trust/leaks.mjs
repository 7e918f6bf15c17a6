#!/usr/bin/env node
// Many messages through every path, each in a process of its own, and what it has grown by.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { formatted } from '../tools/harness/figures.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { runPart } from './harness/part.mjs';
import { paths } from './leaks/paths.mjs';

// Memory that V8 has not given back comes and goes by some MiB; more than this over all samples is growth.
const MAX_RSS_BYTES = 8 << 20;
const MAX_HEAP_BYTES = 1 << 20;

const part = {
  name: 'leaks',
  title: 'memory, threads, file descriptors and queues after many messages through every path',
  does: `Each path runs in a process of its own for its share of the time, a quarter of it to warm up. Then up to 40 samples
after garbage collections: the slope is that of the line through them, by least squares, with its standard error.`,
  minutes: 16,
  options: { messages: { words: 'at most so many messages a path (default 10000000)' } },
};

// V8's young generation stays as it is: that it grows some time, by many MiB at once, would pass for a leak.
const NODE_OPTIONS = ['--expose-gc', '--min-semi-space-size=1', '--max-semi-space-size=1'];

function runPath(path, seconds, messages) {
  const script = join(import.meta.dirname, 'leaks', 'path-process.mjs');
  const argument = JSON.stringify({ path, seconds, messages });
  const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE_OPTIONS, script, argument], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

// RSS moves by some MiB as V8 and the allocator like, and so says nothing of fewer messages; V8's own count does.
const MIN_MESSAGES_FOR_RSS = 2000;

function wrongs({ sampled, rss, memory, first, last }) {
  const kept = ['threads', 'fds', 'queues'].filter((name) => last[name] > first[name]);
  const found = kept.map((name) => `${name} grew from ${first[name]} to ${last[name]}`);
  if (sampled >= MIN_MESSAGES_FOR_RSS && rss.slope * sampled > MAX_RSS_BYTES)
    found.push(`RSS grows by ${formatted(rss.slope)} bytes a message`);
  if (memory.slope * sampled > MAX_HEAP_BYTES)
    found.push(`the heap grows by ${formatted(memory.slope)} bytes a message`);
  return found;
}

const inBytes = ({ slope, error }) => `${formatted(slope)} ± ${formatted(error)}`;

function inWords({ messages, rss, memory, first, last }) {
  const counts = ['threads', 'fds', 'queues'].map((name) => `${name} ${first[name]} → ${last[name]}`);
  return [
    `${formatted(messages)} messages`,
    `RSS ${inBytes(rss)}`,
    `heap ${inBytes(memory)} bytes a message`,
    ...counts,
  ].join('; ');
}

await runPart(part, ({ minutes, messages = 10_000_000 }) => {
  const names = Object.keys(paths);
  const seconds = (minutes * 60) / names.length;
  const figures = [];
  const failures = [];
  let total = 0;
  for (const [index, path] of names.entries()) {
    progress(`${index + 1}/${names.length} ${path}: ${paths[path].name}`);
    try {
      const result = runPath(path, seconds, messages);
      total += result.messages;
      figures.push({ name: paths[path].name, value: inWords(result) });
      failures.push(...wrongs(result).map((words) => `${path}: ${words}`));
    } catch (error) {
      failures.push(`${path}: ${error.message}`);
    }
  }
  return { figures: [{ name: 'messages in all', value: total }, ...figures], failures };
});
