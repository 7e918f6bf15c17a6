#!/usr/bin/env node
// Builds the site: the pages and the API reference, in build-docs/, and checks its links.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { deadLinks } from './site/links.mjs';

const HELP = `Usage: npm run docs

Builds one static site of README.md, docs/ and the doc comments, in build-docs/: open build-docs/index.html. Fails if a link leads
nowhere. typedoc.json has its settings.`;

readArguments(HELP);

const { status } = spawnSync('node_modules/.bin/typedoc', [], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);
const dead = deadLinks(join(root, 'build-docs'));
for (const link of dead) console.error(`dead link in ${link}`);
process.exit(dead.length === 0 ? 0 : 1);
