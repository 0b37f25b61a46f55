// The keeper's house: who is in, which room is shown, and what is under way.
import { handInLink, Trouble } from "/js/house.js";
import { make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { PAGES } from "/js/keep/pages.js";
import { inWords } from "/js/keep/lines.js";
import { choose, count, current, knows, learn, say } from "/js/words.js";
import en from "/i18n/keep_en.js";
import zh from "/i18n/keep_zh.js";

learn({ en, zh });

const at = (id) => document.getElementById(id);
const OVER = new Set(["no_session", "not_allowed", "not_invited"]);
const WATCH_MS = 700;

let shown = null;
let watching = null;
let drawn = 0;

// What every page is given.
const shell = {
  desk: null,
  announce(words) {
    at("announce").textContent = "";
    requestAnimationFrame(() => (at("announce").textContent = words));
  },
  // Runs what a button asks for; a failure is said on the page, and never lost.
  async doing(work) {
    trouble("");
    try {
      return await work();
    } catch (error) {
      fail(error);
      return undefined;
    }
  },
  trouble,
  async refresh() {
    shell.desk = await house.desk();
    drawRooms();
    drawJob(shell.desk.job);
    watch();
  },
  go(id) {
    location.hash = `#/${id}`;
  },
  redraw: () => draw(),
};

function trouble(words) {
  at("trouble").textContent = words;
  at("trouble").hidden = !words;
  if (words) at("trouble").scrollIntoView({ block: "nearest" });
}

function fail(error) {
  if (!(error instanceof Trouble)) throw error;
  if (OVER.has(error.word)) closed();
  else if (error.said) trouble(inWords(error.said));
  else trouble(say(knows(`${error.word}_help`) ? `${error.word}_help` : "unexpected_help"));
}

function closed() {
  clearTimeout(watching);
  watching = null;
  shell.desk = null;
  document.body.dataset.state = "closed";
  at("rooms").hidden = true;
  at("label").hidden = true;
  at("progress").hidden = true;
  at("room").replaceChildren();
  at("title").textContent = say("closed_title");
  at("lead").textContent = say("closed");
}

// ---------------------------------------------------------------- drawing

function words() {
  document.documentElement.lang = current() === "zh" ? "zh-Hans" : "en";
  for (const each of document.querySelectorAll("[data-words]")) each.textContent = say(each.dataset.words);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
  for (const each of document.querySelectorAll(".language")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === current()));
  }
}

function drawRooms() {
  const waiting = (page) => page.waits?.(shell.desk) ?? 0;
  at("rooms").replaceChildren(
    ...PAGES.map((page) => {
      const many = waiting(page);
      const link = make("a", {
        href: `#/${page.id}`,
        class: "room-link",
        "aria-current": page === shown ? "page" : undefined,
      });
      link.append(make("span", { text: say(page.title) }));
      if (many) {
        link.append(
          make("span", { class: "waits", "aria-hidden": "true", text: count(many) }),
          make("span", { class: "only-heard", text: say("keep_waiting", { count: count(many) }) }),
        );
      }
      return link;
    }),
    make("a", { href: "/", class: "room-link away", text: say("keep_call") }),
  );
  at("rooms").hidden = false;
}

async function draw() {
  words();
  if (shell.desk === null) {
    if (document.body.dataset.state === "closed") closed();
    return;
  }
  const names = { name: shell.desk.person.name };
  document.title = `${say(shown.title)} · ${shell.desk.person.name}`;
  at("label").textContent = say("keep_label", names);
  at("label").hidden = false;
  at("title").textContent = say(shown.heading ?? shown.title, names);
  at("lead").textContent = say(shown.lead, names);
  drawRooms();
  drawJob(shell.desk.job);
  // What is built for a page that was left meanwhile is thrown away.
  const mine = (drawn += 1);
  const room = make("div");
  await shell.doing(() => shown.show(room, shell));
  if (mine === drawn && shell.desk !== null) at("room").replaceChildren(...room.childNodes);
}

function drawJob(job) {
  const going = job.step === "reading" || job.step === "remembering";
  at("progress").hidden = !going;
  if (!going) return;
  at("progress-words").textContent = say(job.step === "reading" ? "keep_reading" : "keep_remembering");
  at("progress-bar").value = job.share;
}

// ---------------------------------------------------------------- what is under way

function watch() {
  if (watching !== null || !["reading", "remembering"].includes(shell.desk.job.step)) return;
  watching = setTimeout(look, WATCH_MS);
}

async function look() {
  watching = null;
  if (shell.desk === null) return;
  const before = shell.desk.job;
  const now = await shell.doing(() => house.job());
  if (now === undefined || shell.desk === null) return;
  shell.desk.job = now;
  drawJob(now);
  if (before.step === "reading" && now.step !== "reading") {
    shell.announce(say(now.step === "failed" ? "keep_failed" : "keep_done"));
    await shell.doing(() => shell.refresh());
    await draw();
  } else if (before.step !== now.step && now.step === "failed") {
    trouble(now.error ? inWords(now.error) : say("keep_failed"));
  }
  watch();
}

// ---------------------------------------------------------------- coming in

async function enter() {
  const id = location.hash.replace(/^#\//, "");
  const page = PAGES.find((one) => one.id === id) ?? PAGES[0];
  const moved = shown !== null && page !== shown;
  if (moved) shown.leave?.();
  shown = page;
  trouble("");
  if (moved) {
    await shell.doing(() => shell.refresh());
    at("page").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  await draw();
}

for (const each of document.querySelectorAll(".language")) {
  each.addEventListener("click", () => {
    choose(each.dataset.language);
    draw();
  });
}
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("page").focus();
});
addEventListener("hashchange", enter);

async function comeIn() {
  words();
  at("title").textContent = say("loading");
  // A room in the address is no token.
  const room = location.hash.startsWith("#/") ? location.hash : "";
  try {
    if (!room) await handInLink();
    shell.desk = await house.desk();
  } catch (error) {
    at("title").textContent = say("unexpected");
    fail(error);
    return;
  }
  document.body.dataset.state = "open";
  watch();
  await enter();
}

comeIn();
