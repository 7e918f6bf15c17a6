// A rule for textlint: no sentence has a bare "who", "whoever", "what" or "whatever" as its subject. Questions may begin so.
const BARE = /(?<=^\s*|[.!?:;]\s+|\n\s*\n\s*)(Who|Whoever|Whom|What|Whatever)\b(?=[^.!?:]*(?:[.!:]|$))/g;

/** A comment may name a value by a clause ("What the handler threw."): it is a sentence only with a second verb. */
const VERB =
  /\b(?:is|are|was|were|be|has|have|goes|stays?|comes?|remains?|ends?|counts?|fails?|may|must|can|cannot|can't|will|waits?)\b/g;

function isNamePhrase(word, sentence) {
  return word === 'What' && (sentence.match(VERB) ?? []).length < 2;
}

export default function sentenceSubject({ Syntax, RuleError, getSource, getFilePath, report }) {
  const isSource = !getFilePath()?.endsWith('.md');
  return {
    [Syntax.Str](node) {
      if (node.parent?.type === Syntax.Header || node.parent?.parent?.type === Syntax.Table) return;
      const text = getSource(node);
      for (const { 0: word, index } of text.matchAll(BARE)) {
        if (isSource && isNamePhrase(word, text.slice(index).split(/[.!?;:]\s|\n\s*\n/)[0])) continue;
        report(
          node,
          new RuleError(`A sentence has the bare subject "${word}": name the process, call or value`, { index }),
        );
      }
    },
  };
}
