// The voice: what it is now, how near each that was made comes, and what the family hears.
import { button, facts, make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { hearing, stopWatching } from "/js/keep/hearing.js";
import { pacePlot, pitchPlot, scale } from "/js/keep/voice_plots.js";
import { nameOf, numbered, percent } from "/js/keep/voice_names.js";
import { count, current, day, learn, say } from "/js/words.js";
import en from "/i18n/voice_en.js";
import zh from "/i18n/voice_zh.js";

learn({ en, zh });

// What a button asks for; then the page is drawn anew and says that it is done.
function act(shell, work, told, sure) {
  return async () => {
    if (sure && !confirm(sure)) return;
    const done = await shell.doing(async () => (await work()) ?? true);
    if (done === undefined) return;
    shell.announce(told);
    shell.redraw();
  };
}

// ---------------------------------------------------------------- now

function nowCard(about, shell) {
  const now = about.voices.find((one) => one.in_use);
  if (!now) return make("section", { class: "card" }, make("p", { text: say("voice_none") }), command(`voice ${shell.desk.life} CLIP`));
  const since = now.used ?? now.made;
  return make(
    "section",
    { class: "card now" },
    make("h2", { text: nameOf(now, about.voices) }),
    make("p", { class: "soft", text: say(`voice_about_${kindOf(now)}`, { engine: now.engine }) }),
    facts([
      [say("voice_engine"), now.engine],
      [say("voice_since"), day(since.slice(0, 10))],
      [say("voice_from"), from(now)],
    ]),
    now.sent ? make("p", { class: "hint", text: say("voice_sent", { engine: now.engine }) }) : null,
  );
}

const kindOf = (one) => one.tier || "other";

function from(one) {
  if (one.reference === null) return say("voice_from_clip");
  const reference = one.reference.slice(0, 6);
  if (!one.seconds) return say("voice_from_recordings", { reference });
  return say("voice_from_reference", { seconds: count(Math.round(one.seconds)), reference });
}

function command(words) {
  return make("p", {}, make("code", { class: "command", text: `ofrenda ${words}` }));
}

// ---------------------------------------------------------------- what helps

const COMMANDS = {
  voice: (life) => `voice ${life} CLIP`,
  lab: (life) => `voice ${life} --lab FOLDER`,
  fit: (life) => `voice ${life} --fit`,
  newer: (life) => `voice ${life} --fit`,
  measure: (life) => `measure voice ${life}`,
};

function helpCard(about, shell) {
  if (!about.helps.length) return null;
  return make(
    "section",
    { class: "card next" },
    make("h2", { text: say("voice_helps") }),
    make(
      "ul",
      {},
      ...about.helps.map((key) =>
        make(
          "li",
          {},
          say(`voice_help_${key}`, { voice: nearestName(about) }),
          COMMANDS[key] ? command(COMMANDS[key](shell.desk.life)) : null,
        ),
      ),
    ),
  );
}

function nearestName(about) {
  const found = about.voices.find((one) => one.id === about.tally.nearest);
  return found ? nameOf(found, about.voices) : "";
}

// ---------------------------------------------------------------- each voice

function rowOf(measured, id) {
  return measured?.rows.find((row) => row.id === id) ?? null;
}

function aside(mine, theirs, show = numbered) {
  if (mine === null || mine === undefined) return say("voice_unmeasured");
  return theirs === null || theirs === undefined ? show(mine) : say("voice_beside", { mine: show(mine), theirs: show(theirs) });
}

function likeness(row, person) {
  const parts = [];
  if (row.norm !== null) {
    const words = say("voice_likeness_is", { share: percent(row.norm) });
    parts.push(
      make("p", { class: "likeness" }, make("strong", { text: percent(row.norm) }), ` ${say("voice_likeness")}`),
      scale(row.norm, words),
      make("p", { class: "ends", "aria-hidden": "true" }, make("span", { text: say("voice_scale_low") }), make("span", { text: say("voice_scale_high") })),
    );
  }
  parts.push(
    facts([
      [say("voice_cosine"), aside(row.similarity, person.similarity, (one) => numbered(one, 2))],
      [say("voice_words"), aside(row.word_errors, person.word_errors, (one) => `${numbered(one)} %`)],
      [say("voice_natural"), aside(row.natural, person.natural)],
      ...(row.rtf === null
        ? []
        : [
            [say("voice_first"), `${count(Math.round(row.first_ms))} ms`],
            [say("voice_work"), `${numbered(row.rtf, 2)} s`],
          ]),
    ]),
  );
  if (row.pitch_shares?.length && person.pitch_shares?.length) {
    const words = say("voice_pitch_is", { mine: count(row.pitch_hz), theirs: count(person.pitch_hz) });
    parts.push(plot("voice_pitch", pitchPlot(row.pitch_shares, person.pitch_shares, words), words));
  }
  if (row.paces?.length && person.paces?.length) {
    const words = say("voice_pace_is", { mine: numbered(row.pace), theirs: numbered(person.pace) });
    parts.push(plot("voice_pace", pacePlot(row.paces, person.paces, words), words));
  }
  return parts;
}

function plot(title, picture, words) {
  return make(
    "figure",
    { class: "figure" },
    make("figcaption", {}, make("span", { class: "figure-title", text: say(title) }), make("span", { class: "soft", text: words })),
    picture,
  );
}

function voiceCard(one, about, shell) {
  const measured = about.measured;
  const row = rowOf(measured, one.id);
  const person = measured?.rows.find((each) => each.kind === "person");
  const name = nameOf(one, about.voices);
  const names = { voice: name, name: shell.desk.person.name };
  const body = !row || !person
    ? [make("p", { class: "soft", text: say("voice_not_measured") })]
    : row.error
      ? [make("p", { class: "hint", text: say("voice_unheard", { reason: row.error }) })]
      : likeness(row, person);
  return make(
    "article",
    { class: one.in_use ? "card voice in-use" : "card voice" },
    make("h3", { class: "voice-name" }, name, one.in_use ? make("span", { class: "badge", text: say("voice_in_use") }) : null),
    make("p", { class: "soft", text: say("voice_made", { day: day(one.made.slice(0, 10)) }) }),
    ...body,
    one.in_use
      ? null
      : make(
          "div",
          { class: "answers" },
          button(say("voice_use"), act(shell, () => house.useVoice(one.id), say("voice_used", names), say("voice_sure_use", names))),
          button(say("voice_throw"), act(shell, () => house.throwVoice(one.id), say("voice_thrown", names), say("voice_sure_throw", names)), { class: "plain faint" }),
        ),
  );
}

function measuredLine(about) {
  const measured = about.measured;
  if (measured === null) return say("voice_never_measured");
  return say("voice_measured", {
    day: day(measured.at.slice(0, 10)),
    clips: count(measured.clips),
    seconds: count(Math.round(measured.seconds)),
  });
}

// ---------------------------------------------------------------- the page

export default {
  id: "voice",
  title: "voice_title",
  heading: "voice_heading",
  lead: "voice_lead",
  async show(room, shell) {
    const about = await house.voice();
    room.append(nowCard(about, shell), helpCard(about, shell) ?? "");
    if (about.voices.length) {
      room.append(
        make("h2", { class: "part", text: say("voice_each") }),
        make("p", { class: "soft about-list", text: measuredLine(about) }),
        make("div", { class: "cards voices" }, ...about.voices.map((one) => voiceCard(one, about, shell))),
        about.measured ? make("p", { class: "soft", text: say("voice_how", { judge: about.measured.judge }) }) : "",
      );
    }
    room.append(...hearing(about, shell));
    room.append(
      make(
        "details",
        { class: "card" },
        make("summary", { text: say("voice_recordings") }),
        make("ul", {}, ...about.recordings[current()].map((line) => make("li", { text: line }))),
      ),
    );
  },
  leave: stopWatching,
};
