// A small line chart. Screen readers get its first and last value as text.
import { html } from "./vendor.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [320, 120, 44, 18];

export function Chart({ title, points, format }) {
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const x = scale(Math.min(...xs), Math.max(...xs), LEFT, WIDTH - 8);
  const y = scale(Math.min(...ys), Math.max(...ys), HEIGHT - BOTTOM, 8);
  const path = points.map(([px, py], index) => `${index ? "L" : "M"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("");
  const [first, last] = [points[0], points[points.length - 1]];
  const words = `${title}: ${format(first[1])} at step ${first[0]}, ${format(last[1])} at step ${last[0]}`;
  return html`<figure class="chart"><figcaption>${title} <b>${format(last[1])}</b></figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${words}>
      <path class="axis" d=${`M${LEFT} 8V${HEIGHT - BOTTOM}H${WIDTH - 8}`} />
      <text x=${LEFT - 6} y="14" text-anchor="end">${format(Math.max(...ys))}</text>
      <text x=${LEFT - 6} y=${HEIGHT - BOTTOM} text-anchor="end">${format(Math.min(...ys))}</text>
      <text x=${LEFT} y=${HEIGHT - 4}>step ${first[0]}</text>
      <text x=${WIDTH - 8} y=${HEIGHT - 4} text-anchor="end">${last[0]}</text>
      <path class="curve" d=${path} /><circle cx=${x(last[0])} cy=${y(last[1])} r="3" />
    </svg></figure>`;
}

function scale(low, high, from, to) {
  return (value) => (high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from));
}
