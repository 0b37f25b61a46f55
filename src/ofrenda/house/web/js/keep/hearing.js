// The listening test on the keeper's page: laying it out, and what was answered.
import { button, make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { inWords } from "/js/keep/lines.js";
import { between } from "/js/keep/voice_plots.js";
import { nameOf, percent } from "/js/keep/voice_names.js";
import { count, current, say } from "/js/words.js";

const WATCH_MS = 700;
const MOST_VOICES = 5;

let watching = null;
let proposal = null;
let picked = null;

export function stopWatching() {
  clearTimeout(watching);
  watching = null;
  proposal = null;
  picked = null;
}

export function hearing(about, shell) {
  const parts = [
    make("h2", { class: "part", text: say("hear_title") }),
    make("p", { class: "soft about-list", text: say("hear_about", { name: shell.desk.person.name }) }),
  ];
  if (about.tally.answers) parts.push(results(about, shell));
  parts.push(laying(about, shell));
  return parts;
}

// ---------------------------------------------------------------- results

function verdict(about) {
  const { nearest } = about.tally;
  const voice = about.voices.find((one) => one.id === nearest);
  if (!voice) return say("hear_too_few");
  return say(voice.in_use ? "hear_clear_in_use" : "hear_clear", { voice: nameOf(voice, about.voices) });
}

function standing(one, about) {
  const voice = about.voices.find((each) => each.id === one.voice);
  const words = one.share === null
    ? say("hear_undecided", { same: count(one.same) })
    : say("hear_won", {
        wins: count(one.wins), decided: count(one.wins + one.losses), same: count(one.same),
        low: percent(one.low), high: percent(one.high),
      });
  return make(
    "li",
    { class: "standing" },
    make("span", { class: "standing-name", text: nameOf(voice, about.voices) }),
    between(one.share, one.low, one.high, words),
    make("span", { class: "soft", text: words }),
  );
}

function results(about, shell) {
  const { tally } = about;
  const heard = tally.standings.filter((one) => one.wins + one.losses + one.same > 0);
  const { known, taken, same } = tally.person;
  const voice = about.voices.find((one) => one.id === tally.nearest && !one.in_use);
  const names = { voice: voice ? nameOf(voice, about.voices) : "", name: shell.desk.person.name };
  const use = async () => {
    if (!confirm(say("voice_sure_use", names))) return;
    if ((await shell.doing(async () => (await house.useVoice(voice.id)) ?? true)) === undefined) return;
    shell.announce(say("voice_used", names));
    shell.redraw();
  };
  const forget = async () => {
    if (!confirm(say("hear_sure_forget"))) return;
    await shell.doing(() => house.forgetAnswers());
    shell.redraw();
  };
  return make(
    "section",
    { class: "card" },
    make("h3", { class: "verdict", text: verdict(about) }),
    make("p", { class: "soft", text: say("hear_counted", { answers: count(tally.answers), listeners: count(tally.listeners) }) }),
    make("ul", { class: "standings" }, ...heard.map((one) => standing(one, about))),
    known + taken + same
      ? make("p", { class: "soft", text: say("hear_person", { name: names.name, known: count(known), taken: count(taken), same: count(same) }) })
      : null,
    make("p", { class: "soft", text: say("hear_honest") }),
    make(
      "div",
      { class: "answers" },
      voice ? button(say("hear_use", names), use, { class: "plain strong" }) : null,
      button(say("hear_forget"), forget, { class: "plain faint" }),
    ),
  );
}

// ---------------------------------------------------------------- laying it out

function laying(about, shell) {
  if (about.making.step === "making") return makingCard(about.making, shell);
  const ready = Object.keys(about.ready).length > 1;
  const trouble = about.making.trouble.map((line) => make("p", { class: "hint", text: inWords(line) }));
  if (proposal) return make("section", { class: "card" }, ...trouble, ...form(about, shell));
  const propose = () =>
    shell.doing(async () => {
      proposal = await house.propose();
      picked = null;
      shell.redraw();
    });
  if (!ready) {
    const enough = about.voices.length > 1 || (about.voices.length === 1 && about.kept_back > 0);
    return make(
      "section",
      { class: "card" },
      ...trouble,
      make("p", { text: say(enough ? "hear_none" : "hear_one_voice") }),
      enough ? make("div", { class: "answers" }, button(say("hear_choose"), propose, { class: "plain strong" })) : null,
    );
  }
  const end = async () => {
    if (!confirm(say("hear_sure_end"))) return;
    await shell.doing(() => house.endTest());
    shell.redraw();
  };
  return make(
    "section",
    { class: "card" },
    ...trouble,
    make("p", { text: say("hear_ready", { name: shell.desk.person.name }) }),
    make(
      "div",
      { class: "answers" },
      make("a", { class: "plain strong link", href: "/listen", text: say("hear_take") }),
      button(say("hear_anew"), propose),
      button(say("hear_end"), end, { class: "plain faint" }),
    ),
  );
}

function makingCard(making, shell) {
  const bar = make("progress", { max: 1, value: making.share, "aria-label": say("hear_making") });
  const look = async () => {
    const now = await shell.doing(() => house.making());
    if (watching === null || now === undefined) return;
    if (now.step === "making") {
      bar.value = now.share;
      watching = setTimeout(look, WATCH_MS);
      return;
    }
    watching = null;
    shell.announce(say(now.step === "done" ? "hear_made" : "hear_failed"));
    shell.redraw();
  };
  clearTimeout(watching);
  watching = setTimeout(look, WATCH_MS);
  const stop = async () => {
    clearTimeout(watching);
    watching = null;
    await shell.doing(() => house.endTest());
    shell.redraw();
  };
  return make(
    "section",
    { class: "card progress" },
    make("p", { text: say("hear_making") }),
    bar,
    make("div", { class: "answers" }, button(say("hear_stop"), stop)),
  );
}

function tick(words, checked, changed, ...more) {
  const box = make("input", { type: "checkbox", checked, on: { change: () => changed(box.checked) } });
  return make("div", { class: "pick" }, make("label", { class: "tick" }, box, make("span", { text: words })), ...more);
}

// What is ticked stays so while the page is drawn anew.
function form(about, shell) {
  picked ??= {
    voices: new Set(about.voices.slice(0, MOST_VOICES).map((one) => one.id)),
    lines: new Set(proposal.lines.map((one) => one.name)),
    recordings: new Set(),
  };
  const go = button(say("hear_make"), () => begin(shell), { class: "plain strong" });
  const choosing = (set, key) => (on) => {
    if (on) set.add(key);
    else set.delete(key);
    check();
  };
  const check = () => {
    const { voices, lines, recordings } = picked;
    const things = voices.size + (recordings.size ? 1 : 0);
    go.disabled = !voices.size || things < 2 || voices.size > MOST_VOICES || lines.size + recordings.size === 0;
  };
  check();
  return [
    group("hear_which_voices", "hear_which_voices_about", about.voices.map((one) => tick(nameOf(one, about.voices), picked.voices.has(one.id), choosing(picked.voices, one.id)))),
    group("hear_which_lines", "hear_which_lines_about", proposal.lines.map((one) => tick(lineName(one), picked.lines.has(one.name), choosing(picked.lines, one.name)))),
    proposal.recordings.length
      ? group(
          "hear_which_recordings",
          "hear_which_recordings_about",
          proposal.recordings.map((one) =>
            tick(
              one.text,
              picked.recordings.has(one.segment),
              choosing(picked.recordings, one.segment),
              make("audio", { controls: true, preload: "none", src: `/api/keep/voice/recording?segment=${one.segment}`, "aria-label": say("hear_recording", { text: one.text }) }),
            ),
          ),
          { name: shell.desk.person.name },
        )
      : "",
    make("div", { class: "answers" }, go, button(say("hear_cancel"), () => {
      stopWatching();
      shell.redraw();
    })),
  ];
}

// A line that is somebody else's is not shown to the keeper.
function lineName(one) {
  const names = { names: one.hear.join(current() === "zh" ? "、" : ", ") };
  if (one.text === null) return say("hear_line_hidden", names);
  return one.all ? one.text : say("hear_line_for", { text: one.text, ...names });
}

function group(title, about, picks, values = {}) {
  return make(
    "fieldset",
    { class: "group" },
    make("legend", { class: "group-title", text: say(title) }),
    make("p", { class: "soft", text: say(about, values) }),
    ...picks,
  );
}

async function begin(shell) {
  const lists = [picked.voices, picked.lines, picked.recordings].map((set) => [...set]);
  const begun = await shell.doing(() => house.prepare(...lists));
  if (begun === undefined) return;
  stopWatching();
  shell.redraw();
}
