// Small drawings in SVG, made here: no library, no style attribute, and every figure also as text.
import { make } from "/js/keep/build.js";
import { percent, say } from "/js/words.js";

const SPACE = "http://www.w3.org/2000/svg";

function draw(tag, about = {}, ...children) {
  const one = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(about)) one.setAttribute(name, String(value));
  one.append(...children);
  return one;
}

// A line of the length of a share; `beside`: the same share to everybody, as a notch.
function line(share, beside) {
  const place = (value) => Math.min(100, value * 100);
  const drawn = draw(
    "svg",
    { class: "plot-line", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: "plot-track", x: 0, y: 0, width: 100, height: 10 }),
    draw("rect", { class: "plot-fill", x: 0, y: 0, width: place(share), height: 10 }),
  );
  if (beside !== undefined) {
    drawn.append(draw("rect", { class: "plot-notch", x: Math.min(99.2, place(beside)), y: 0, width: 0.8, height: 10 }));
  }
  return drawn;
}

const NOTHING = 0.005;

// Rows of [words, share, the share to everybody or undefined]; a whole line is all messages. What
// is nothing here and there is left out.
export function bars(all) {
  const rows = all.filter(([, share, beside]) => Math.max(share, beside ?? 0) >= NOTHING);
  return make(
    "ul",
    { class: "plot-rows" },
    ...rows.map(([words, share, beside]) =>
      make(
        "li",
        {},
        make("span", { class: "plot-name", text: words }),
        line(share, beside),
        make("span", { class: "plot-share", text: percent(share) }),
        beside === undefined ? null : make("span", { class: "only-heard", text: say("portrait_to_all", { share: percent(beside) }) }),
      ),
    ),
  );
}

// One line cut into parts, of [words, share]; the parts are told by their shade.
export function strip(all) {
  const drawn = draw("svg", { class: "plot-strip", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  let from = 0;
  all.forEach(([, share], at) => {
    drawn.append(draw("rect", { class: `plot-shade-${at}`, x: from, y: 0, width: share * 100, height: 10 }));
    from += share * 100;
  });
  const key = all.map(([words, share], at) =>
    share < NOTHING
      ? ""
      : make(
          "li",
          {},
          draw(
            "svg",
            { class: "plot-key", viewBox: "0 0 10 10", "aria-hidden": "true" },
            draw("circle", { class: `plot-shade-${at}`, cx: 5, cy: 5, r: 5 }),
          ),
          make("span", { text: words }),
          make("span", { class: "plot-share", text: percent(share) }),
        ),
  );
  return make("div", {}, drawn, make("ul", { class: "plot-legend" }, ...key));
}

// A point of the dial: hours go round with the sun, midnight is at the top.
const MIDDLE = 120;
const point = (hour, radius) => {
  const angle = (hour / 24) * 2 * Math.PI;
  return [MIDDLE + radius * Math.sin(angle), MIDDLE - radius * Math.cos(angle)].map((each) => each.toFixed(2));
};

function leaf(from, to, inner, outer) {
  const [a, b, c, d] = [point(from, inner), point(from, outer), point(to, outer), point(to, inner)];
  return `M${a} L${b} A${outer} ${outer} 0 0 1 ${c} L${d} A${inner} ${inner} 0 0 0 ${a} Z`;
}

// The hours of a day as 24 leaves; `hours` are shares. What is beside it says the same in words.
export function dial(hours) {
  const most = Math.max(...hours, 0.0001);
  const drawn = draw("svg", { class: "plot-dial", viewBox: "0 0 240 240", "aria-hidden": "true" });
  for (const radius of [68, 96]) drawn.append(draw("circle", { class: "plot-ring", cx: MIDDLE, cy: MIDDLE, r: radius }));
  hours.forEach((share, hour) => {
    drawn.append(draw("path", { class: "plot-rest", d: leaf(hour + 0.07, hour + 0.93, 36, 40) }));
    if (share === 0) return;
    drawn.append(draw("path", { class: "plot-leaf", d: leaf(hour + 0.07, hour + 0.93, 40, 40 + 56 * (share / most)) }));
  });
  for (const hour of [0, 6, 12, 18]) {
    const [x, y] = point(hour, 108);
    drawn.append(draw("text", { class: "plot-hour", x, y, "text-anchor": "middle", "dominant-baseline": "central" }, String(hour)));
  }
  return drawn;
}
