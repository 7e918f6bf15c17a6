// The charts, drawn by Vega-Lite and shortened by SVGO. Legible on light and dark pages: no background, and colors between the two.
import { optimize } from 'svgo';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { shortNumber } from '../../tools/harness/figures.mjs';
import { amount, comparedOf, figureOf } from './figures.mjs';

const INK = '#75808b';
const OURS = '#d9480f';
const REFERENCE = '#3b82f6';
const OTHERS = '#8b949e';
const WIDTH = 420;
const STEP = 24;

// Beyond this, bars on a linear scale would only show the longest.
const LINEAR_RANGE = 12;

const LOG_TICKS = [0.01, 0.1, 1, 10, 100, 1000, 10_000].flatMap((power) => [power, 2 * power, 5 * power]);

const config = {
  background: null,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    gridOpacity: 0.2,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 0,
  },
  title: { color: INK, fontSize: 14, anchor: 'start', frame: 'group' },
  text: { color: INK, fontSize: 12 },
};

/** Without what Vega writes for scripts: the charts are in the package, and half as long this way. */
async function svgOf(specification) {
  const { spec } = compile({ ...specification, config });
  const svg = await new View(parse(spec), { renderer: 'none' }).toSVG();
  return `${optimize(svg, { multipass: true }).data}\n`;
}

function colourOf(benchCase, run) {
  if (run.id === benchCase.reference) return REFERENCE;
  return /^(sysvmq|waits)\b/.test(run.id) ? OURS : OTHERS;
}

function rowsOf(benchCase) {
  return benchCase.runs
    .filter((run) => run.error === undefined)
    .map((run) => {
      const { median, q1, q3 } = figureOf(benchCase, run);
      const measured = benchCase.compare === 'ratio' ? ` (${amount(run.median, benchCase.unit)})` : '';
      const label = `${comparedOf(benchCase, median)}${measured}`;
      return { name: run.name, value: median, low: q1, high: q3, label, colour: colourOf(benchCase, run) };
    });
}

function axisTitle(benchCase) {
  const reference = benchCase.runs.find(({ id }) => id === benchCase.reference)?.name;
  if (benchCase.compare === 'ratio') return `time for one ${benchCase.per}, × ${reference}`;
  if (benchCase.compare === 'difference') return `${benchCase.unit} over ${reference}`;
  return benchCase.unit;
}

/** A chart of one case: medians, and between which figures the middle half of the rounds lies. */
export function caseChart(benchCase) {
  const values = rowsOf(benchCase);
  const shown = values.flatMap(({ value, low, high }) => [value, low, high]);
  const positive = shown.filter((value) => value > 0);
  const wide = benchCase.compare === 'ratio' && Math.max(...positive) > LINEAR_RANGE * Math.min(...positive);
  const scale = wide ? { type: 'log', nice: false, padding: 12 } : { zero: true, nice: true };
  const ticks = wide ? { values: LOG_TICKS } : { tickCount: 6 };
  const x = { field: 'value', type: 'quantitative', scale, axis: { title: axisTitle(benchCase), ...ticks } };
  const y = { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } };
  const colour = { field: 'colour', type: 'nominal', scale: null };
  // A logarithmic scale has no zero for a bar to begin at.
  const mark = wide ? { type: 'point', filled: true, size: 110, opacity: 1 } : { type: 'bar', height: 14 };
  return svgOf({
    title: benchCase.title,
    width: WIDTH,
    height: { step: STEP },
    data: { values },
    encoding: { y },
    layer: [
      { mark, encoding: { x, color: colour } },
      {
        mark: { type: 'rule', color: INK, strokeWidth: 1.5 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8 },
        encoding: { x: { ...x, field: 'high' }, text: { field: 'label' } },
      },
    ],
  });
}

/** All that has a target in multiples of C: the value and the target. */
export function overviewChart(rows) {
  const values = rows.map((row) => ({ ...row, label: `${shortNumber(row.value)} ×` }));
  const y = {
    field: 'title',
    type: 'nominal',
    sort: null,
    axis: { title: null, ticks: false, domain: false },
  };
  const axis = { title: 'time, × C; the blue mark is the least that an addon of Node-API takes', tickCount: 6 };
  const x = { type: 'quantitative', scale: { zero: true, nice: true }, axis };
  return svgOf({
    title: 'sysvmq against C',
    width: WIDTH,
    height: { step: STEP },
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: 'bar', height: 14 },
        encoding: { x: { ...x, field: 'value' }, color: { value: OURS } },
      },
      {
        data: { values: values.filter(({ floor }) => floor !== undefined) },
        mark: { type: 'tick', color: REFERENCE, thickness: 3, size: 20 },
        encoding: { x: { ...x, field: 'floor' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8 },
        encoding: { x: { ...x, field: 'value' }, text: { field: 'label' } },
      },
    ],
  });
}
