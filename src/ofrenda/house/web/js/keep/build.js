// Small pieces that every page of the keeper is built from. Text is only ever set as text.
import { say } from "/js/words.js";

export function make(tag, about = {}, ...children) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") one.textContent = value;
    else if (name === "on") for (const [event, does] of Object.entries(value)) one.addEventListener(event, does);
    else if (name in one && typeof value !== "string") one[name] = value;
    else one.setAttribute(name, value === true ? "" : value);
  }
  one.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return one;
}

export function button(words, does, about = {}) {
  return make("button", { type: "button", class: "plain", text: words, on: { click: does }, ...about });
}

let numbers = 0;

// A select with its label; options are [value, words] pairs.
export function choice(label, options, chosen, changed, about = {}) {
  const id = `choice-${(numbers += 1)}`;
  const select = make(
    "select",
    { id, on: { change: () => changed(select.value, select) } },
    ...options.map(([value, words]) => make("option", { value, text: words, selected: value === chosen })),
  );
  return make("p", { class: "choice", ...about }, make("label", { for: id, text: label }), select);
}

// A term and what it is, for screens as for readers.
export function facts(pairs) {
  return make(
    "dl",
    { class: "facts" },
    ...pairs.flatMap(([term, value]) => [make("dt", { text: term }), make("dd", { text: value })]),
  );
}

// Somebody else's words, marked as such; nothing in them is ever more than text.
export function quoted(text) {
  return make("blockquote", { class: "words", text });
}

export function empty(key) {
  return make("p", { class: "card empty", text: say(key) });
}
