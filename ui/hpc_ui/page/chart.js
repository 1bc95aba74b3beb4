// @ts-check
// A chart over the steps of a run, with the values under the cursor. Screen readers get first and last values as text.
import { html, uPlot, useEffect, useRef } from "./vendor.js";

const HEIGHT = 170;
const COLORS = ["--accent", "--second"];

/** A color of the style as the canvas can take it, which knows neither variables nor schemes. @param {string} name */
function color(name) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** @param {{title: string, series: {label: string, points: number[][]}[], format: (value: number) => string}} properties */
export function Chart({ title, series, format }) {
  const place = useRef(/** @type {any} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const drawn = series.filter((line) => line.points.length);
  const labels = drawn.map((line) => line.label).join();
  const data = aligned(drawn);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.clientWidth, drawn, format), latest.current, element);
    };
    draw();
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    sized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      sized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current.destroy();
      plot.current = null;
    };
  }, [labels]);
  // A step's evaluation arrives after its loss: what counts is the points, not the steps.
  useEffect(() => plot.current?.setData(data), [drawn.reduce((count, line) => count + line.points.length, 0)]);
  if (!drawn.length) return null;
  const words = drawn.map(({ label, points }) => {
    const [first, last] = [points[0], points[points.length - 1]];
    return `${label}: ${format(first[1])} at step ${first[0]}, ${format(last[1])} at step ${last[0]}`;
  });
  return html`<figure class="chart"><figcaption>${title}</figcaption>
    <div role="img" aria-label=${words.join("; ")} ref=${place}></div></figure>`;
}

// One list of steps, and each line's value at each of them.
function aligned(series) {
  const steps = [...new Set(series.flatMap((line) => line.points.map(([step]) => step)))].sort((a, b) => a - b);
  return [steps, ...series.map((line) => {
    const values = new Map(line.points);
    return steps.map((step) => values.get(step) ?? null);
  })];
}

function options(width, series, format) {
  const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
  const shown = (_plot, value) => (value === null || value === undefined ? "–" : format(value));
  return {
    width, height: HEIGHT, cursor: { y: false },
    scales: { x: { time: false } },
    axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5], label: "step", labelSize: 16, size: 32 },
      { ...axis, size: 62, values: (_plot, values) => values.map((value) => format(value)) }],
    series: [{ label: "step", value: (_plot, step) => step ?? "–" }, ...series.map(({ label, points }, index) => {
      const stroke = color(COLORS[index % COLORS.length]);
      return { label, stroke, width: 2, spanGaps: true, points: { show: points.length < 30, fill: stroke }, value: shown };
    })],
  };
}
