// Small charts, drawn by hand. Each has its numbers as a table too.

import { number, t } from "./language.js";
import { h, headed, percent, scrolled, svg } from "./ui.js";

const [WIDTH, HEIGHT, LEFT, FOOT, HEAD] = [640, 220, 74, 28, 14];

/** A round number at or above the highest value, and the steps to it. */
function scale(highest) {
  const rough = Math.max(1, highest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough));
  const top = step * Math.max(1, Math.ceil(highest / step));
  return { top, marks: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step) };
}

function frame(top, marks, told) {
  const y = (value) => HEIGHT - FOOT - (value / top) * (HEIGHT - FOOT - HEAD);
  const grid = marks.map((mark) => [
    svg("line", { x1: LEFT, x2: WIDTH, y1: y(mark), y2: y(mark), class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(mark) + 4, class: "mark end" }, told(mark)),
  ]);
  return { y, grid };
}

/** Which labels there is room for. */
function labels(columns, middle) {
  const every = Math.max(1, Math.ceil(columns.length / 12));
  return columns.map((column, i) => (i % every === 0
    ? svg("text", { x: middle(i), y: HEIGHT - 8, class: "mark middle" }, column.label) : null));
}

function figure(title, summary, drawing, names, rows) {
  const table = h("table", {}, headed(...names),
    h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first),
      rest.map((cell) => h("td", {}, String(cell)))))));
  return h("figure", { class: "card chart" },
    h("figcaption", {}, h("strong", {}, title), h("span", { class: "small" }, summary)),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${summary}` }, drawing),
    h("details", {}, h("summary", {}, t("As a table")), scrolled(title, table)));
}

/** Columns: each with a label, a long name, and one or two values, the second part of the first. */
export function bars(title, summary, columns, names) {
  const { top, marks } = scale(Math.max(...columns.map((column) => column.value), 0));
  const { y, grid } = frame(top, marks, number);
  const slot = (WIDTH - LEFT) / columns.length;
  const middle = (i) => LEFT + slot * (i + 0.5);
  const width = Math.max(2, Math.min(40, slot * 0.7));
  const bar = (column, i, value, kind) => (value > 0 ? svg("rect", {
    x: middle(i) - width / 2, y: y(value), width, height: y(0) - y(value), rx: Math.min(3, width / 3), class: kind,
  }, svg("title", {}, `${column.name}: ${column.tip || value}`)) : null);
  const drawing = [grid, columns.map((column, i) => [
    bar(column, i, column.value, column.part == null ? "bar" : "bar rest"),
    column.part == null ? null : bar(column, i, column.part, "bar"),
  ]), labels(columns, middle)];
  const rows = columns.filter((column) => column.value > 0).map((column) =>
    [column.name, column.value, ...(column.part == null ? [] : [column.part])]);
  return figure(title, summary, drawing, names, rows);
}

/** Shares in per cent over time; a column without a value is a gap. */
export function shares(title, summary, columns, names) {
  const { y, grid } = frame(100, [0, 25, 50, 75, 100], (mark) => percent(mark, 100));
  const slot = (WIDTH - LEFT) / columns.length;
  const middle = (i) => LEFT + slot * (i + 0.5);
  const known = columns.map((column, i) => ({ ...column, i })).filter((column) => column.share != null);
  const path = known.map((column, n) =>
    `${n ? "L" : "M"}${middle(column.i).toFixed(1)} ${y(column.share).toFixed(1)}`).join("");
  const dots = known.map((column) => svg("circle", {
    cx: middle(column.i), cy: y(column.share), r: 4, class: "dot",
  }, svg("title", {}, t("{name}: {share} of {all}", { name: column.name, share: percent(column.share, 100), all: column.of }))));
  const rows = known.map((column) => [column.name, percent(column.share, 100), column.of]);
  return figure(title, summary, [grid, svg("path", { d: path, class: "curve" }), dots,
    labels(columns, middle)], names, rows);
}
