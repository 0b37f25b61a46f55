// A listening test: two voices say one line, and the listener says which is more like the person.
import { ask, handInLink, Trouble } from "/js/house.js";
import { choose, count, current, knows, learn, say } from "/js/words.js";
import en from "/i18n/listen_en.js";
import zh from "/i18n/listen_zh.js";

learn({ en, zh });

const at = (id) => document.getElementById(id);
const OVER = new Set(["no_session", "not_allowed", "not_invited"]);
const SIDES = ["left", "right"];
const REST_MS = 650;

let person = null;
let standing = { answered: 0, left: 0, enough: 0 };
let pair = null;
let heard = new Set();
let playing = null;
let resting = null;
let state = "loading";
let wrong = null;

// ---------------------------------------------------------------- drawing

function to(next) {
  state = next;
  draw();
}

function draw() {
  const names = { name: person?.name };
  document.body.dataset.state = state;
  document.documentElement.lang = current() === "zh" ? "zh-Hans" : "en";
  for (const each of document.querySelectorAll("[data-words]")) each.textContent = say(each.dataset.words);
  for (const each of document.querySelectorAll(".language")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === current()));
  }
  document.title = person ? say("listen_title", names) : "Ofrenda";
  at("title").textContent = title(names);
  at("label").textContent = person ? say("label", names) : "";
  at("label").hidden = !person;
  at("about").hidden = !["before", "enough", "over", "nothing", "closed"].includes(state);
  at("about-what").textContent = what(names);
  at("about-honest").textContent = say("listen_honest", names);
  at("about-honest").hidden = state !== "before";
  at("about-time").textContent = say("listen_time", { count: count(round()) });
  at("about-time").hidden = state !== "before";
  at("pair").hidden = state !== "pair";
  at("go").hidden = !["before", "enough", "trouble"].includes(state);
  at("go").textContent = say(go());
  at("away").hidden = state === "loading" || state === "closed";
  at("away").textContent = say(["over", "nothing"].includes(state) ? "listen_back" : "listen_away");
  at("trouble").hidden = wrong === null;
  at("trouble").textContent = wrong === null ? "" : say(wrong);
  if (state === "pair") drawPair(names);
}

function title(names) {
  if (state === "closed") return say("closed_title");
  if (state === "enough" || state === "over") return say("listen_thanks");
  return person ? say("listen_title", names) : say("loading");
}

function what(names) {
  if (state === "closed") return say("closed");
  if (state === "enough") return say("listen_enough", names);
  if (state === "over") return say("listen_over", names);
  if (state === "nothing") return say("listen_nothing", names);
  return say("listen_what", names);
}

function go() {
  if (state === "trouble") return "try_again";
  if (state === "enough") return "listen_more";
  return standing.answered ? "listen_resume" : "listen_begin";
}

function drawPair(names) {
  const nth = (standing.answered % standing.enough) + 1;
  at("place").textContent = say("listen_place", { nth: count(nth), all: count(Math.max(nth, round())) });
  at("said").textContent = pair.text;
  at("said").lang = pair.language;
  at("ask").textContent = say("listen_ask", names);
  for (const side of SIDES) {
    const button = at(side);
    button.classList.toggle("playing", playing === side);
    button.classList.toggle("heard", heard.has(side));
    button.setAttribute("aria-label", say(side === "left" ? "listen_play_first" : "listen_play_second"));
  }
  for (const each of document.querySelectorAll(".choose")) each.disabled = heard.size < 2;
  at("heed").textContent = heard.size < 2 ? say("listen_both") : "";
}

// How many pairs this sitting has: those that are answered of it, and those to come.
function round() {
  return Math.min(standing.enough, (standing.answered % standing.enough) + standing.left);
}

// ---------------------------------------------------------------- hearing

function play(side, andThen = false) {
  clearTimeout(resting);
  resting = null;
  playing = side;
  at(side).style.setProperty("--along", 0);
  at("sound").src = `/api/listen/sound?trial=${encodeURIComponent(pair.trial)}&side=${side}`;
  at("sound").dataset.then = andThen ? "right" : "";
  at("sound").play().catch((error) => {
    // Another sound was asked for before this one began; or it cannot be heard.
    if (error.name === "AbortError") return;
    playing = null;
    draw();
  });
  draw();
}

at("sound").addEventListener("timeupdate", () => {
  const { currentTime, duration } = at("sound");
  if (playing && duration) at(playing).style.setProperty("--along", Math.min(1, currentTime / duration).toFixed(3));
});
at("sound").addEventListener("ended", () => {
  if (!playing) return;
  heard.add(playing);
  playing = null;
  draw();
  const next = at("sound").dataset.then;
  if (next) resting = setTimeout(() => state === "pair" && play(next), REST_MS);
});
at("sound").addEventListener("error", () => {
  if (!playing) return;
  playing = null;
  wrong = "listen_unheard";
  draw();
});

function quiet() {
  clearTimeout(resting);
  resting = null;
  playing = null;
  at("sound").pause();
}

// ---------------------------------------------------------------- asking

async function doing(work) {
  wrong = null;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    quiet();
    if (OVER.has(error.word)) {
      person = null;
      to("closed");
    } else {
      wrong = knows(`${error.word}_help`) ? `${error.word}_help` : "unexpected_help";
      to(state === "loading" ? "trouble" : state);
    }
  }
}

function learnt(told) {
  standing = { answered: told.answered, left: told.left, enough: told.enough };
}

async function next() {
  const told = await ask("/api/listen/next", {});
  learnt(told);
  if (told.trial === null) {
    pair = null;
    to(standing.answered ? "over" : "nothing");
    return;
  }
  pair = told;
  heard = new Set();
  for (const side of SIDES) at(side).style.setProperty("--along", 0);
  to("pair");
  play("left", true);
}

async function answer(nearer) {
  quiet();
  const { trial } = pair;
  // One answer a pair, however often it is pressed.
  heard = new Set();
  draw();
  try {
    learnt(await ask("/api/listen/answer", { trial, nearer }));
  } catch (error) {
    // The pair was asked elsewhere meanwhile, or a voice was thrown away: on to the next.
    if (!(error instanceof Trouble) || error.word !== "bad_input") throw error;
  }
  at("announce").textContent = say("listen_kept");
  if (standing.left && standing.answered % standing.enough === 0) to("enough");
  else await next();
  if (state === "pair") at("left").focus({ preventScroll: true });
}

for (const side of SIDES) at(side).addEventListener("click", () => play(side));
for (const each of document.querySelectorAll(".choose")) {
  each.addEventListener("click", () => doing(() => answer(each.dataset.nearer)));
}
for (const each of document.querySelectorAll(".language")) {
  each.addEventListener("click", () => {
    choose(each.dataset.language);
    draw();
  });
}
at("go").addEventListener("click", () => doing(state === "trouble" ? comeIn : next));
addEventListener("keydown", (event) => {
  if (state !== "pair" || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "1") play("left");
  if (event.key === "2") play("right");
});

async function comeIn() {
  draw();
  await handInLink();
  const told = await ask("/api/listen");
  person = told.person;
  learnt(told);
  to(standing.left ? "before" : standing.answered ? "over" : "nothing");
}

doing(comeIn);
