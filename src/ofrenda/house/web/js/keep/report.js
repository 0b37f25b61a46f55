// A report of one file as a card, and the questions that it raises.
import { button, choice, facts, make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { inWords, reason } from "/js/keep/lines.js";
import { count, knows, say } from "/js/words.js";

export function kindOf(format) {
  return knows(`format_${format.replaceAll("-", "_")}`) ? say(`format_${format.replaceAll("-", "_")}`) : format;
}

function lines(key, all) {
  if (!all.length) return null;
  return make(
    "div",
    { class: `told ${key}` },
    make("h4", { text: say(`report_${key}`) }),
    make("ul", {}, ...all.map((line) => make("li", { text: inWords(line) }))),
  );
}

export function reportCard(report, ...more) {
  const skipped = Object.entries(report.skipped);
  const all = skipped.reduce((sum, [, number]) => sum + number, 0);
  const card = make(
    "article",
    { class: "card report" },
    make("h3", { class: "file-name", text: report.source }),
    make("p", { class: "soft", text: kindOf(report.format) }),
    facts([
      [say("report_new"), count(report.accepted)],
      [say("report_already"), count(report.already_there)],
      [say("report_skipped"), count(all)],
    ]),
  );
  if (skipped.length) {
    card.append(
      make(
        "div",
        { class: "told skipped" },
        make("h4", { text: say("report_why") }),
        make("ul", {}, ...skipped.map(([key, number]) => make("li", { text: `${count(number)} · ${reason(key)}` }))),
      ),
    );
  }
  card.append(...[lines("warnings", report.warnings), lines("advice", report.advice), ...more].filter(Boolean));
  return card;
}

// ---------------------------------------------------------------- questions

export function questionsOf(reports) {
  return reports.flatMap((report) =>
    report.questions.map((question) => ({ report, question, card: question.table ? tableCard : questionCard })),
  );
}

const plainKey = (key) => (key.startsWith("columns-") ? "columns" : key);

export function asked(question) {
  const key = `ask_${plainKey(question.key)}`;
  return knows(key) ? say(key) : inWords(question.text);
}

export function meaning(key, value, words) {
  const known = `answer_${key}_${value}`;
  return knows(known) ? say(known) : inWords(words);
}

async function answer(report, question, value, shell, batch) {
  await shell.doing(async () => {
    // A table's answer holds for every table of its form, others for this file alone.
    const key = question.table ? question.key : `${question.key}@${report.digest.slice(0, 16)}`;
    await house.readBatch(batch, { [key]: value });
    await shell.refresh();
    await shell.redraw();
  });
}

function head(report, question) {
  return [
    make("h3", { class: "file-name", text: report.source }),
    make("p", { class: "ask", text: asked(question) }),
    make("p", { class: "soft", text: say("ask_waiting", { count: count(question.waiting) }) }),
  ];
}

function questionCard(report, question, shell, batch) {
  const buttons = Object.entries(question.choices).map(([value, words]) =>
    button(meaning(question.key, value, words), () => answer(report, question, value, shell, batch)),
  );
  return make("article", { class: "card question" }, ...head(report, question), make("div", { class: "answers" }, ...buttons));
}

const PARTS = ["time", "sender", "text", "chat"];

function tableCard(report, question, shell, batch) {
  const { header, rows, proposed } = question.table;
  const meant = header.map(() => "");
  for (const piece of proposed.split(",")) {
    const [part, number] = piece.split(":");
    if (part) meant[Number(number) - 1] = part;
  }
  const options = [["", say("columns_nothing")], ...PARTS.map((part) => [part, say(`columns_${part}`)])];
  const heads = header.map((name, at) =>
    make(
      "th",
      { scope: "col" },
      make("span", { class: "column-name", text: name || say("columns_nameless") }),
      choice(say("columns_number", { number: count(at + 1) }), options, meant[at], (value) => {
        meant[at] = value;
      }),
    ),
  );
  const save = () => {
    const told = meant.flatMap((part, at) => (part ? [`${part}:${at + 1}`] : []));
    const parts = meant.filter(Boolean);
    if (!parts.includes("time") || !parts.includes("text") || new Set(parts).size !== parts.length) {
      shell.trouble(say("columns_needs"));
      return;
    }
    answer(report, question, told.join(","), shell, batch);
  };
  return make(
    "article",
    { class: "card question" },
    ...head(report, question),
    make("p", { class: "soft", text: say("columns_help") }),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": report.source },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...heads)),
        make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", { text: cell }))))),
      ),
    ),
    make(
      "div",
      { class: "answers" },
      button(say("columns_right"), save, { class: "plain strong" }),
      button(say("columns_leave"), () => answer(report, question, "leave", shell, batch)),
    ),
  );
}
