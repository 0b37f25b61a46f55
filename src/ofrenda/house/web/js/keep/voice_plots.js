// Small pictures of measured voices. Each says in words what it shows, for those who do not see it.
import { draw } from "/js/keep/plots.js";

const WIDE = 300;
const HIGH = 74;
const FLOOR = 54;
// As the house counts them: semitones from 60 Hz up.
const LOWEST_HZ = 60;
const FASTEST = 8;

function picture(words, ...children) {
  return draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "plot", role: "img", "aria-label": words }, ...children);
}

function tick(x, words) {
  const edge = x < 20 ? "start" : x > WIDE - 20 ? "end" : "middle";
  const text = draw("text", { x, y: HIGH - 4, "text-anchor": edge });
  text.textContent = words;
  return draw("g", {}, draw("line", { x1: x, x2: x, y1: FLOOR, y2: FLOOR + 4 }), text);
}

const round = (number) => Math.round(number * 10) / 10;

// Shares per semitone as a hill; a little smoothed, as an ear would.
function hill(shares, top) {
  const at = (i) => shares[i] ?? 0;
  const smooth = shares.map((_, i) => (at(i - 1) + 2 * at(i) + at(i + 1)) / 4);
  const step = WIDE / shares.length;
  return smooth.map((share, i) => [round((i + 0.5) * step), round(FLOOR - (share / top) * (FLOOR - 6))]);
}

const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");

// How high each speaks: the person as a hill, the voice as a line over it.
export function pitchPlot(voice, person, words) {
  const most = (shares) => Math.max(...shares.map((_, i) => ((shares[i - 1] ?? 0) + 2 * shares[i] + (shares[i + 1] ?? 0)) / 4));
  const top = Math.max(most(voice), most(person), 0.001);
  const place = (hertz) => (12 * Math.log2(hertz / LOWEST_HZ) * WIDE) / person.length;
  const ground = hill(person, top);
  return picture(
    words,
    draw("path", { class: "theirs", d: `${line(ground)}L${ground.at(-1)[0]} ${FLOOR}L${ground[0][0]} ${FLOOR}Z` }),
    draw("path", { class: "voiced", d: line(hill(voice, top)) }),
    draw("line", { class: "ground", x1: 0, x2: WIDE, y1: FLOOR, y2: FLOOR }),
    ...[80, 120, 180, 270].map((hertz) => tick(round(place(hertz)), `${hertz} Hz`)),
  );
}

// How fast each sentence was said: the person's above, the voice's below, their middles as strokes.
export function pacePlot(voice, person, words) {
  const place = (pace) => round((Math.min(pace, FASTEST) / FASTEST) * (WIDE - 12) + 6);
  const row = (paces, y, name) => [
    ...paces.map((pace) => draw("circle", { class: name, cx: place(pace), cy: y, r: 4 })),
    draw("line", { class: `${name} middle`, x1: place(median(paces)), x2: place(median(paces)), y1: y - 10, y2: y + 10 }),
  ];
  return picture(
    words,
    ...row(person, 15, "theirs"),
    ...row(voice, 39, "voiced"),
    draw("line", { class: "ground", x1: 0, x2: WIDE, y1: FLOOR, y2: FLOOR }),
    ...[0, 2, 4, 6, 8].map((pace) => tick(place(pace), String(pace))),
  );
}

// Between the nearest stock voice (0) and the person (1).
export function scale(share, words) {
  const place = round(8 + Math.max(0, Math.min(1, share)) * (WIDE - 16));
  return draw(
    "svg",
    { viewBox: `0 0 ${WIDE} 20`, class: "plot scale", role: "img", "aria-label": words },
    draw("line", { class: "way", x1: 8, x2: WIDE - 8, y1: 10, y2: 10 }),
    draw("line", { class: "gone", x1: 8, x2: place, y1: 10, y2: 10 }),
    draw("circle", { class: "here", cx: place, cy: 10, r: 7 }),
  );
}

// A share and between what it lies.
export function between(share, low, high, words) {
  const place = (one) => round(8 + one * (WIDE - 16));
  return draw(
    "svg",
    { viewBox: `0 0 ${WIDE} 20`, class: "plot scale", role: "img", "aria-label": words },
    draw("line", { class: "way", x1: 8, x2: WIDE - 8, y1: 10, y2: 10 }),
    draw("line", { class: "half", x1: place(0.5), x2: place(0.5), y1: 3, y2: 17 }),
    draw("line", { class: "span", x1: place(low), x2: place(high), y1: 10, y2: 10 }),
    ...(share === null ? [] : [draw("circle", { class: "here", cx: place(share), cy: 10, r: 6 })]),
  );
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
