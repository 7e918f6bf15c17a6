// A plugin of typedoc: pages have their heading as their name, and the groups and order of the map in README.md; modules are
// called as a program imports them.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';
import { root } from '../../tools/harness/places.mjs';
import { removeTimeLimit } from './highlighting.mjs';

const MODULES = {
  index: 'sysvmq',
  metrics: 'sysvmq/metrics',
  syscalls: 'sysvmq/syscalls',
  testing: 'sysvmq/testing',
  bridge: 'sysvmq/bridge',
};
const REFERENCE = 'API reference';
const OTHER = 'More';

/** The pages of README.md's map, by file, in its order. */
function pagesOfMap() {
  const pages = new Map();
  let group = OTHER;
  for (const line of readFileSync(join(root, 'README.md'), 'utf8').split('\n')) {
    group = /^\| \*\*(.+)\*\* \| \|$/.exec(line)?.[1] ?? group;
    const page = /^\| \[docs\/([\w-]+)\.md\]/.exec(line)?.[1];
    if (page !== undefined) pages.set(page, { group, order: pages.size });
  }
  for (const page of ['CHANGELOG', 'CONTRIBUTING', 'SECURITY'])
    pages.set(page, { group: 'Contribute', order: pages.size });
  return pages;
}

function groupTag(name) {
  return new CommentTag('@group', [{ kind: 'text', text: name }]);
}

export async function load(app) {
  await removeTimeLimit();
  const pages = pagesOfMap();
  const orders = new Map();
  const groups = [...new Set([...pages.values()].map(({ group }) => group))];
  app.options.setValue('groupOrder', [
    ...groups.filter((group) => group !== 'Contribute'),
    OTHER,
    REFERENCE,
    'Contribute',
    '*',
  ]);

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const place = pages.get(basename(document.name, '.md')) ?? { group: OTHER, order: pages.size };
    const heading = document.content
      .map(({ text }) => text)
      .join('')
      .match(/^# (.+)$/m)?.[1];
    document.name = heading ?? document.name;
    document.frontmatter['group'] = place.group;
    orders.set(document, place.order);
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = MODULES[module.name] ?? module.name;
      module.comment ??= new Comment();
      module.comment.blockTags.push(groupTag(REFERENCE));
    }
  });

  // After typedoc has made the groups.
  const inOrder = (documents) => documents.sort((one, other) => orders.get(one) - orders.get(other));
  const sortPages = ({ project }) => {
    for (const list of [project.documents, project.childrenIncludingDocuments]) sortDocuments(list ?? []);
    for (const { children } of project.groups ?? [])
      if (children.every((child) => orders.has(child))) inOrder(children);
  };
  const sortDocuments = (list) => {
    const documents = inOrder(list.filter((child) => orders.has(child)));
    list.sort((one, other) => Number(orders.has(other)) - Number(orders.has(one)));
    list.splice(0, documents.length, ...documents);
  };
  app.converter.on(Converter.EVENT_RESOLVE_END, sortPages, -1000);
}
