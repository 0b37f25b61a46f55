// Portrait: how the person wrote, to each of the family, in words, drawings and examples.
import { amends } from "/js/keep/amends.js";
import { button, empty, make, quoted } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { bars, dial, strip } from "/js/keep/plots.js";
import { kindOf } from "/js/keep/report.js";
import { count, current, day, percent, say } from "/js/words.js";

const LISTS = ["names", "greetings", "partings", "catchphrases", "particles", "emoji"];

// A share this far from none or all is worth a sentence (chosen: a reader calls four of five "mostly").
const MOSTLY = 0.8;
const OFTEN = 0.25;

// Whom the page is about; null is everybody.
let to = null;

const whom = (shell) => shell.desk.members.find((member) => member.id === to);

// The choice stays where it is; only what is below it is read anew.
function chips(shell, chosen) {
  const row = make("div", { class: "answers", role: "group", "aria-label": say("portrait_whom") });
  const one = (id, words) =>
    button(words, (event) => {
      to = id;
      for (const each of row.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
      chosen();
    }, { class: "plain chip", "aria-pressed": String(to === id) });
  row.append(
    one(null, say("portrait_everybody")),
    ...shell.desk.members.map((member) =>
      one(member.id, member.relation ? say("people_member", { name: member.name, relation: member.relation }) : member.name),
    ),
  );
  return row;
}

// ---------------------------------------------------------------- in words

// Three hours in a row in which the most was written; of equals, the one with most in its middle.
function busiest(hours) {
  const middle = (from) => hours[(from + 1) % 24];
  const sum = (from) => hours[from] + middle(from) + hours[(from + 2) % 24];
  const more = (one, other) => sum(one) > sum(other) || (sum(one) === sum(other) && middle(one) > middle(other));
  const from = hours.map((_, hour) => hour).reduce((best, hour) => (more(hour, best) ? hour : best), 0);
  return { from: `${from}:00`, till: `${(from + 3) % 24}:00`, share: percent(sum(from)) };
}

function told(one, enough, names) {
  const sentences = [say("told_length", { words: count(one.median_length) })];
  if (one.split_share >= OFTEN) {
    sentences.push(say("told_split", { share: percent(one.split_share), many: count(one.messages_per_turn) }));
  } else sentences.push(say("told_whole"));
  const main = Object.entries(one.languages).find(([, share]) => share >= MOSTLY);
  if (main) sentences.push(say(`told_language_${main[0]}`));
  else if (one.languages.zh + one.languages.en + one.mixed_share >= MOSTLY) sentences.push(say("told_languages"));
  if (one.timed >= enough) sentences.push(say("told_hours", busiest(one.hours)));
  if (one.names.length) sentences.push(say("told_name", { called: one.names[0].what, ...names }));
  return sentences.join(current() === "zh" ? "" : " ");
}

function summary(one, enough, names) {
  const points = 100 * 1.96 * Math.sqrt(0.25 / one.messages);
  return make(
    "section",
    { class: "card portrait-told" },
    make("p", { class: "told-words", text: told(one, enough, names) }),
    make("p", {
      class: "soft",
      text: say("portrait_margin", { count: count(one.messages), points: count(Math.max(1, Math.ceil(points))) }),
    }),
  );
}

// ---------------------------------------------------------------- in drawings

function plot(key, about, drawing) {
  return make(
    "section",
    { class: `card plot plot-${key}` },
    make("h2", { text: say(`plot_${key}`) }),
    about ? make("p", { class: "soft", text: about }) : null,
    drawing,
  );
}

function lengths(one, all) {
  const rest = (each) => Math.max(0, 1 - Object.values(each.lengths).reduce((sum, share) => sum + share, 0));
  const rows = Object.entries(one.lengths).map(([bin, share]) => [
    say("plot_words", { words: bin.replace("-", "–").replace("+", say("plot_more")) }),
    share,
    all?.lengths[bin],
  ]);
  if (rest(one) >= 0.005) rows.push([say("plot_wordless"), rest(one), all ? rest(all) : undefined]);
  return bars(rows);
}

function endings(one, all) {
  return bars(
    Object.entries(one.endings)
      .toSorted(([, one], [, other]) => other - one)
      .map(([mark, share]) => [say(`ends_${mark.replace(" ", "_")}`), share, all?.endings[mark]]),
  );
}

function languages(one) {
  const parts = [["zh", one.languages.zh], ["en", one.languages.en], ["mixed", one.mixed_share]];
  const rest = Math.max(0, 1 - parts.reduce((sum, [, share]) => sum + share, 0));
  return strip([...parts, ["none", rest]].map(([key, share]) => [say(`language_${key}`), share]));
}

function drawings(one, all, enough) {
  const timed = one.timed >= enough;
  return make(
    "div",
    { class: "plots" },
    plot(
      "hours",
      timed ? say("told_hours", busiest(one.hours)) : say("plot_hours_few", { count: count(one.timed) }),
      timed ? dial(one.hours) : null,
    ),
    plot("lengths", say("plot_lengths_about"), lengths(one, all)),
    plot("endings", say("plot_emoji_share", { share: percent(one.emoji_share) }), endings(one, all)),
    plot("languages", null, languages(one)),
    plot("split", say("plot_split_about"), bars([[say("plot_split_share"), one.split_share, all?.split_share]])),
  );
}

// ---------------------------------------------------------------- in examples

function source(one) {
  const { source: from } = one;
  if (!from) return null;
  const when = from.said_at ? day(from.said_at) : say("aside_undated");
  const chat = say(from.group ? "portrait_group" : "portrait_chat", { chat: from.chat });
  return make(
    "div",
    { class: "example" },
    quoted(from.excerpt),
    make("p", { class: "soft", text: `${when} · ${chat} · ${kindOf(from.platform)}` }),
    make("p", { class: "soft", text: say("portrait_file", { file: from.file }) }),
  );
}

// What is counted without regard to capitals, as it stands in its example.
function asWritten({ what, source: from }) {
  const start = from ? from.excerpt.toLowerCase().indexOf(what) : -1;
  return start < 0 ? what : from.excerpt.slice(start, start + what.length);
}

function list(key, one, names) {
  if (!one[key].length) return null;
  return make(
    "section",
    { class: "card" },
    make("h2", { text: say(`list_${key}`, names) }),
    ...one[key].map((each) =>
      make(
        "details",
        { class: "came" },
        make(
          "summary",
          {},
          make("span", { class: "came-words", text: asWritten(each) }),
          make("span", { class: "soft", text: say("portrait_times", { count: count(each.messages) }) }),
        ),
        source(each),
      ),
    ),
  );
}

// ---------------------------------------------------------------- the room

function shown(one, all, enough, shell) {
  const member = whom(shell);
  const names = { name: shell.desk.person.name, who: member ? member.name : say("portrait_everybody_in") };
  if (!one.messages) return [make("p", { class: "card empty", text: say("portrait_none", names) })];
  const lists = LISTS.map((key) => list(key, one, names)).filter(Boolean);
  const parts = [];
  if (one.enough) {
    parts.push(summary(one, enough, names), drawings(one, all, enough));
    if (all) parts.push(make("p", { class: "soft notch-key", text: say("portrait_notch") }));
  } else {
    parts.push(
      make(
        "section",
        { class: "card next few" },
        make("h2", { text: say("portrait_few_title") }),
        make("p", { text: say("portrait_few", { ...names, count: count(one.messages), enough: count(enough) }) }),
      ),
    );
  }
  parts.push(
    make("h2", { class: "part", text: say("portrait_words") }),
    make("p", { class: "soft", text: say(lists.length ? "portrait_words_about" : "portrait_words_none") }),
    make("div", { class: "came-lists" }, ...lists),
  );
  return parts;
}

// Measuring a long life takes seconds: the page stands meanwhile. What is everybody's is kept until
// the page is left, for who is who may have changed then.
let everybody = null;
let asked = 0;

async function fill(place, shell) {
  const mine = (asked += 1);
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(make("p", { class: "soft wait", role: "status", text: say("portrait_reading") }));
  const found = await shell.doing(async () => {
    everybody ??= house.portrait(null);
    const all = (await everybody).relation;
    return { all, ...(to === null ? await everybody : await house.portrait(to)) };
  });
  if (mine !== asked) return;
  place.removeAttribute("aria-busy");
  if (found === undefined) everybody = null;
  if (found === undefined || shell.desk === null) place.replaceChildren();
  else if (!found.all.messages && !found.relation.messages) place.replaceChildren(empty("portrait_nothing"));
  else {
    const beside = to !== null && found.all.enough ? found.all : null;
    place.replaceChildren(...shown(found.relation, beside, found.enough_messages, shell));
  }
}

export default {
  id: "portrait",
  title: "portrait_title",
  heading: "portrait_heading",
  lead: "portrait_lead",
  leave() {
    everybody = null;
  },
  show(room, shell) {
    if (to !== null && !whom(shell)) to = null;
    const place = make("div", { class: "relation" });
    room.append(chips(shell, () => fill(place, shell)), place, amends(shell));
    fill(place, shell);
  },
};
