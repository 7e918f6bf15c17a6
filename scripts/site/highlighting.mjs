// The highlighter of typedoc stops within a line after 500 ms. Its first line compiles the grammar, which takes longer on a busy
// machine; then the line, and with it the page, had wrong colors in the first theme.
import { createRequire } from 'node:module';

/** Removes the time limit of the grammars, which all highlighters of this process share. */
export async function removeTimeLimit() {
  const packages = createRequire(import.meta.resolve('typedoc'));
  const shiki = await import(packages.resolve('@gerrit0/mini-shiki'));
  await shiki.loadBuiltinWasm();
  const highlighter = await shiki.createShikiInternal({
    engine: await shiki.createOnigurumaEngine(),
    themes: [],
    langs: [shiki.bundledLanguages.ini],
  });
  const grammars = Object.getPrototypeOf(highlighter.getLanguage('ini'));
  const { tokenizeLine2 } = grammars;
  if (tokenizeLine2 === undefined) throw new Error('The grammars of @gerrit0/mini-shiki have no tokenizeLine2.');
  grammars.tokenizeLine2 = function (line, state) {
    return tokenizeLine2.call(this, line, state, 0);
  };
}
