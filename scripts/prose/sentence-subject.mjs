// A rule for textlint: no sentence has a bare "who", "whoever", "what" or "whatever" as its subject. Questions may begin so.
const SUBJECT =
  /(?<=^\s*|[.!?:;]\s+|\n\s*\n\s*)(Who|Whoever|Whom|What|Whatever|Which of them)\b(?=[^.!?:]*(?:[.!:]|$))/g;

export default function sentenceSubject({ Syntax, RuleError, getSource, report }) {
  return {
    [Syntax.Str](node) {
      if (node.parent?.type === Syntax.Header || node.parent?.parent?.type === Syntax.Table) return;
      for (const { 0: word, index } of getSource(node).matchAll(SUBJECT)) {
        report(
          node,
          new RuleError(`A sentence has the bare subject "${word}": name the process, call or value`, { index }),
        );
      }
    },
  };
}
