// Checks that each link of a static site leads to a file, and each fragment to an element.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ELSEWHERE = /^(?:[a-z]+:|\/\/)/i;

function attributes(html, names) {
  const pattern = new RegExp(`\\s(?:${names})="([^"]*)"`, 'g');
  return [...html.matchAll(pattern)].map(([, value]) => value.replaceAll('&amp;', '&'));
}

/** The links of the site's pages that lead nowhere, as "page: link". */
export function deadLinks(site) {
  const pages = readdirSync(site, { recursive: true }).filter((path) => path.endsWith('.html'));
  const contents = new Map(pages.map((page) => [join(site, page), readFileSync(join(site, page), 'utf8')]));
  const ids = new Map([...contents].map(([path, html]) => [path, new Set(attributes(html, 'id|name'))]));
  const dead = [];
  for (const [path, html] of contents) {
    for (const link of new Set(attributes(html, 'href|src'))) {
      if (ELSEWHERE.test(link) || link === '') continue;
      const [file, fragment] = link.split('#');
      const target = file === '' ? path : resolve(dirname(path), decodeURIComponent(file));
      const leads = existsSync(target) && statSync(target).isFile();
      const anchored = !fragment || !ids.has(target) || ids.get(target).has(decodeURIComponent(fragment));
      if (!leads || !anchored) dead.push(`${relative(site, path)}: ${link}`);
    }
  }
  return dead;
}
