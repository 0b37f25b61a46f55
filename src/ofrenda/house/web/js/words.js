// The words of the screen, in the language that was chosen.
import en from "/i18n/en.js";
import zh from "/i18n/zh.js";

const BOOKS = { en, zh };
const KEPT = "ofrenda.language";

let language = kept() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

// A browser may forbid storage altogether; then the choice lasts as long as the page.
function kept() {
  try {
    const found = localStorage.getItem(KEPT);
    return found in BOOKS ? found : null;
  } catch {
    return null;
  }
}

// A page with words of its own adds them here, in every language.
export function learn(books) {
  for (const name of Object.keys(BOOKS)) BOOKS[name] = { ...BOOKS[name], ...books[name] };
}

export function knows(key) {
  return key in BOOKS[language];
}

export function count(number) {
  return new Intl.NumberFormat(BOOKS[language].locale).format(number);
}

// A share of 0..1; what is there and rounds to nothing is said to be under one.
export function percent(share) {
  const format = new Intl.NumberFormat(BOOKS[language].locale, { style: "percent" });
  return share > 0 && share < 0.005 ? `<${format.format(0.01)}` : format.format(share);
}

export function current() {
  return language;
}

export function choose(wanted) {
  language = wanted;
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // The choice lasts as long as the page.
  }
}

export function say(key, values = {}) {
  return BOOKS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// "2019-05-03" is a day, not a moment: no time zone may move it.
export function day(iso) {
  const format = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(BOOKS[language].locale, format).format(new Date(`${iso}T00:00:00Z`));
}

export function duration(seconds) {
  const values = { minutes: Math.floor(seconds / 60), seconds: Math.floor(seconds % 60) };
  return say(values.minutes ? "minutes" : "seconds", values);
}

export function clock(seconds) {
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}
