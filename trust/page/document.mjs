// The page's text and tables.
import { formatted } from '../../tools/harness/figures.mjs';
import { anchorOf, markdownTable } from '../../tools/harness/markdown.mjs';
import { parts } from '../parts.mjs';
import { sectionForUsers } from './for-users.mjs';

const duration = (seconds) => (seconds < 100 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`);

const result = ({ ok, failures }) => (ok ? 'passed' : `**failed**: ${failures.length} failures`);

function figuresOf({ figures }) {
  return figures.map(({ name, value, unit }) => [name, `${formatted(value)}${unit ? ` ${unit}` : ''}`]);
}

const list = (heading, items = []) =>
  items.length === 0 ? [] : [heading, items.map((item) => `- ${item}`).join('\n')];

function failureWords(failure) {
  return failure.error ?? failure;
}

function sectionOf(part) {
  const about = parts.find(({ name }) => name === part.part);
  const { machine } = part;
  const run = `\`${part.command}\`, ${part.date ?? machine.date}, ${duration(part.seconds)}, commit ${machine.commit}`;
  const figures = figuresOf(part);
  return [
    `## ${about.title}`,
    about.tried,
    run,
    ...(figures.length === 0 ? [] : [markdownTable(['', ''], figures)]),
    ...list('Failed:', (part.failures ?? []).map(failureWords)),
    ...(part.lists ?? []).flatMap(({ heading, items }) => list(heading, items)),
    ...list('Found:', about.found),
    ...list('Not shown:', about.left),
  ].join('\n\n');
}

function machineWords({ cpu, cores, memoryGiB, architecture, distribution, kernel, node }) {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${architecture}; ${distribution}, kernel ${kernel}, Node ${node}`;
}

export function pageOf({ parts: results }) {
  const known = results.filter(({ part }) => parts.some(({ name }) => name === part));
  const titleOf = ({ part }) => parts.find(({ name }) => name === part).title;
  const rows = known.map((one) => [
    `[${titleOf(one)}](#${anchorOf(titleOf(one))})`,
    duration(one.seconds),
    one.seed,
    result(one),
  ]);
  const machines = [...new Set(known.map(({ machine }) => machineWords(machine)))];
  const intro = `# Reliability

How this library is tested beyond its test suite, and the results.`;
  const method = `## Parts

\`npm run trust\` runs every part again, for hours or with \`--minutes N\`. \`npm run trust:page\` makes this page of the result,
trust/results/latest.json. Each part also runs alone, with the command in its section; \`npm run trust -- --short\` runs all of
them for some seconds, as the tests do.`;
  return `${[intro, sectionForUsers(known), method, markdownTable(['part', 'time', 'seed', 'result'], rows), `Machine: ${machines.join('; ')}.`, ...known.map(sectionOf)].join('\n\n')}\n`;
}
