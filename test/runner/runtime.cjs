// Jest's runtime, which reads and compiles each module again for each test file. This one reads a file once in a process,
// compiles it once, and runs the compiled code in the context of each test file. Code is shared; no state of a module is.
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const texts = new Map();

/** The texts of files, as one runtime knows them. A runtime clears its own at its end. */
class Texts extends Map {
  get(file) {
    return super.get(file) ?? texts.get(file);
  }

  set(file, text) {
    texts.set(file, text);
    return super.set(file, text);
  }
}

const compiled = new Map();
const { compileFunction } = vm;

/** The script of a module; undefined for one that Node.js has to compile for each test file. */
function scriptOf(code, parameters, filename) {
  const known = compiled.get(filename);
  if (known?.code === code && known.parameters === parameters) return known.script;
  const script = compile(code, parameters, filename);
  compiled.set(filename, { code, parameters, script });
  return script;
}

function compile(code, parameters, filename) {
  // import() needs the callback of its own test file.
  if (/\bimport\s*\(/.test(code)) return undefined;
  // In the line of the code's first, so that the places in errors are right.
  const opening = `(function (${parameters}) {`;
  try {
    return new vm.Script(`${opening}${code}\n})`, { filename, columnOffset: -opening.length });
  } catch {
    // Node.js says what is wrong with it.
    return undefined;
  }
}

vm.compileFunction = function compileOnce(code, parameters, options) {
  const { filename, parsingContext } = options ?? {};
  const isModule = filename !== undefined && parsingContext !== undefined && parameters !== undefined;
  const script = isModule ? scriptOf(code, parameters.join(), filename) : undefined;
  return script === undefined ? compileFunction(code, parameters, options) : script.runInContext(parsingContext);
};

/** With --watch, files change between two runs of a process. */
class OnceRuntime extends Runtime {
  constructor(config, environment, resolver, transformer, ownTexts, coverage, testPath, globalConfig) {
    const isWatching = globalConfig?.watch || globalConfig?.watchAll;
    const shared = isWatching ? ownTexts : new Texts(ownTexts);
    super(config, environment, resolver, transformer, shared, coverage, testPath, globalConfig);
  }
}

module.exports = { __esModule: true, default: OnceRuntime };
