// What the log of all workers and rivals says: was each message handled, and which ones twice?
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 16;

/** { ids: id → { name, begun: [{ attempt, worker }], done: [worker] }, taken: names that rivals have, corrupted }. */
export function readLog(path) {
  const ids = new Map();
  const taken = [];
  const corrupted = [];
  for (const line of readFileSync(path, 'latin1').split('\n')) {
    const [what, id, name, attempt, worker] = line.split(' ');
    if (what === 'r') taken.push(id);
    else if (what === 'x') corrupted.push({ id, name, uncertain: attempt === 'true', length: Number(worker) });
    else if (what === 'b' || what === 'd') {
      const known = ids.get(id) ?? { name, begun: [], done: [] };
      ids.set(id, known);
      if (known.name !== name) corrupted.push({ id, name, uncertain: false, length: -1 });
      if (what === 'b') known.begun.push({ attempt: Number(attempt), worker: Number(worker) });
      else known.done.push(Number(worker));
    }
  }
  return { ids, taken, corrupted };
}

/** The names of all messages that are done. It reads what was added to the log since the last look, and nothing twice. */
export class HandledNames {
  #path;
  #names = new Set();
  #position = 0;
  #rest = '';

  constructor(path) {
    this.#path = path;
  }

  now() {
    const log = openSync(this.#path);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    try {
      for (;;) {
        const length = readSync(log, chunk, 0, CHUNK_BYTES, this.#position);
        if (length === 0) return this.#names;
        this.#position += length;
        this.#add(chunk.latin1Slice(0, length));
      }
    } finally {
      closeSync(log);
    }
  }

  #add(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      const [what, , name] = line.split(' ');
      if (what === 'd') this.#names.add(name);
    }
  }
}

const first = (list) => `${list.slice(0, 5).join(', ')}${list.length > 5 ? ` and ${list.length - 5} more` : ''}`;

/** Messages begun again, each of whose earlier attempts must have ended with its worker. */
function repeatedOf(ids, ended, wrongs) {
  const byWorker = new Map();
  let repeated = 0;
  for (const [id, { begun }] of ids) {
    if (begun.length > 1) repeated += 1;
    for (const [index, { attempt, worker }] of begun.slice(0, -1).entries()) {
      if (attempt >= begun[index + 1].attempt)
        wrongs.push(`${id}: attempt ${attempt} is followed by ${begun[index + 1].attempt}`);
      if (ended.has(worker)) byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1);
      else wrongs.push(`${id} was begun again, and worker ${worker}, which had begun it, lives`);
    }
  }
  for (const [worker, count] of byWorker) {
    const { concurrency } = ended.get(worker);
    if (count > concurrency)
      wrongs.push(`worker ${worker} with concurrency ${concurrency} had begun ${count} that came again`);
  }
  return repeated;
}

/** A worker that was asked to end: what it has done does not come again. */
function undoneOnly(ids, ended, wrongs) {
  for (const [id, { begun, done }] of ids) {
    for (const { worker } of begun.slice(0, -1)) {
      if (ended.get(worker)?.gracefully && done.includes(worker))
        wrongs.push(`${id} was done by worker ${worker}, and came again`);
    }
  }
}

/**
 * Counts, and whatever is wrong. `ended` has the workers that were killed or asked to end: number → { concurrency, gracefully }.
 * `names`: every message that must have been handled; or `count`, where they are identical.
 */
export function account(log, { ended, names, count }) {
  const { ids, taken, corrupted } = readLog(log);
  const wrongs = [];
  const repeated = repeatedOf(ids, ended, wrongs);
  undoneOnly(ids, ended, wrongs);
  const handled = [...ids.values()].filter(({ done }) => done.length > 0);
  const doneTwice = handled.filter(({ done }) => done.length > 1).length;
  // Beside rivals, a kill between msgrcv and the note of the length may leave a message a byte short, which it says.
  const short = corrupted.filter(({ uncertain }) => uncertain);
  if (corrupted.length > short.length) {
    wrongs.push(`${first(corrupted.filter(({ uncertain }) => !uncertain).map(({ name }) => name))} came changed`);
  }
  if (count !== undefined && handled.length !== count)
    wrongs.push(`${handled.length} of ${count} identical messages were handled`);
  if (names !== undefined) {
    const times = new Map();
    for (const name of [...handled.map(({ name }) => name), ...taken]) times.set(name, (times.get(name) ?? 0) + 1);
    const missing = names.filter((name) => !times.has(name));
    if (missing.length > 0) wrongs.push(`${missing.length} messages were lost: ${first(missing)}`);
    const doubled = names.filter((name) => times.get(name) > 1);
    if (doubled.length > 0) wrongs.push(`${doubled.length} messages were taken twice: ${first(doubled)}`);
    if (times.size > names.length) wrongs.push(`${times.size - names.length} messages were never sent`);
  }
  return {
    wrongs,
    counts: { handled: handled.length, repeated, doneTwice, byRivals: taken.length, short: short.length },
  };
}
