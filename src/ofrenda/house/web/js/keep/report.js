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

const left = (report) => Object.values(report.skipped).reduce((sum, number) => sum + number, 0);

// What needs a look: 0 nothing, 1 something to know, 2 not read.
export function weight(report) {
  if (report.format === "refused" || report.format === "unknown") return 2;
  return left(report) || report.warnings.length || report.advice.length ? 1 : 0;
}

function brief(report) {
  const parts = [say("report_brief_new", { count: count(report.accepted) })];
  if (report.already_there) parts.push(say("report_brief_already", { count: count(report.already_there) }));
  if (left(report)) parts.push(say("report_brief_left", { count: count(left(report)) }));
  return `${kindOf(report.format)} · ${parts.join(" · ")}`;
}

// Files whose line is open: a room is drawn anew while somebody reads.
const opened = new Set();

// One file: a line that opens to everything that is known of it.
export function reportCard(report, ...more) {
  const skipped = Object.entries(report.skipped);
  const body = [
    skipped.length
      ? make(
          "div",
          { class: "told skipped" },
          make("h4", { text: say("report_why") }),
          make("ul", {}, ...skipped.map(([key, number]) => make("li", { text: `${count(number)} · ${reason(key)}` }))),
        )
      : null,
    lines("warnings", report.warnings),
    lines("advice", report.advice),
    ...more,
  ].filter(Boolean);
  const line = make(
    "summary",
    {},
    make("span", { class: "file-name", text: report.source }),
    make("span", { class: "soft", text: brief(report) }),
  );
  line.addEventListener("click", () => {
    if (line.parentElement.open) opened.delete(report.source);
    else opened.add(report.source);
  });
  return make(
    "details",
    {
      class: "card report",
      "data-weight": weight(report),
      open: report.questions.length > 0 || opened.has(report.source),
    },
    line,
    ...(body.length ? body : [make("p", { class: "soft told", text: say("report_clean") })]),
  );
}

export function totals(reports) {
  const sum = (key) => reports.reduce((all, report) => all + report[key], 0);
  return facts([
    [say("report_files"), count(reports.length)],
    [say("report_new"), count(sum("accepted"))],
    [say("report_already"), count(sum("already_there"))],
    [say("report_skipped"), count(reports.reduce((all, report) => all + left(report), 0))],
  ]);
}

export function byWeight(reports) {
  return reports.toSorted((a, b) => weight(b) - weight(a));
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

// Answers that are given and not yet sent: { key: value }.
let given = {};
let drawGo = () => {};

// A table's answer holds for every table of its form, others for this file alone.
const keyOf = (report, question) => (question.table ? question.key : `${question.key}@${report.digest.slice(0, 16)}`);

function give(report, question, value) {
  given[keyOf(report, question)] = value;
  drawGo();
}

export function goOn(open, shell, batch) {
  const words = make("p", { "aria-live": "polite" });
  const go = button(
    say("ask_go_on"),
    () =>
      shell.doing(async () => {
        await house.readBatch(batch, given);
        given = {};
        await shell.refresh();
        await shell.redraw();
      }),
    { class: "plain strong" },
  );
  drawGo = () => {
    const answered = open.filter(({ report, question }) => keyOf(report, question) in given).length;
    words.textContent = say("ask_answered", { answered: count(answered), all: count(open.length) });
    go.disabled = answered === 0;
  };
  drawGo();
  return make("div", { class: "card bar", id: "go-on" }, words, go);
}

function head(report, question) {
  return [
    make("h3", { class: "file-name", text: report.source }),
    make("p", { class: "ask", text: asked(question) }),
    make("p", { class: "soft", text: say("ask_waiting", { count: count(question.waiting) }) }),
  ];
}

// Buttons of which one holds; pressed again it holds still.
function oneOf(options, chosen, take) {
  const row = make("div", { class: "answers" });
  row.append(
    ...options.map(([value, words]) =>
      button(
        words,
        (event) => {
          for (const each of row.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
          take(value);
        },
        { class: "plain chip", "aria-pressed": String(value === chosen) },
      ),
    ),
  );
  return row;
}

function questionCard(report, question) {
  const options = Object.entries(question.choices).map(([value, words]) => [value, meaning(question.key, value, words)]);
  const take = (value) => give(report, question, value);
  const known = given[keyOf(report, question)];
  const many = options.length > 8;
  return make(
    "article",
    { class: "card question" },
    ...head(report, question),
    many
      ? choice(say("ask_choose"), [["", "…"], ...options], known ?? "", (value) => value && take(value))
      : oneOf(options, known, take),
  );
}

const PARTS = ["time", "sender", "text", "chat"];

function tableCard(report, question, shell) {
  const { header, rows, proposed } = question.table;
  const meant = header.map(() => "");
  const known = given[question.key];
  for (const piece of (known && known !== "leave" ? known : proposed).split(",")) {
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
        if (choosing === "right") take("right");
      }),
    ),
  );
  let choosing = known ? (known === "leave" ? "leave" : "right") : "";
  const take = (value) => {
    choosing = value;
    shell.trouble("");
    if (value === "leave") {
      give(report, question, value);
      return;
    }
    const told = meant.flatMap((part, at) => (part ? [`${part}:${at + 1}`] : []));
    const parts = meant.filter(Boolean);
    if (!parts.includes("time") || !parts.includes("text") || new Set(parts).size !== parts.length) {
      delete given[question.key];
      drawGo();
      shell.trouble(say("columns_needs"));
      return;
    }
    give(report, question, told.join(","));
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
    oneOf(
      [
        ["right", say("columns_right")],
        ["leave", say("columns_leave")],
      ],
      choosing,
      take,
    ),
  );
}
