// Files: every file with its report, and where a wrong answer is put right.
import { button, choice, empty, make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { meaning, reportCard } from "/js/keep/report.js";
import { count, say } from "/js/words.js";

const CHOICES = {
  date_order: ["dmy", "mdy", "ymd"],
  chat_kind: ["direct", "group"],
  drafts: ["keep", "leave"],
};

// A browser knows the zones; the person's own comes first.
function zones(shell) {
  const all = Intl.supportedValuesOf?.("timeZone") ?? [];
  const own = shell.desk.person.timezone;
  return ["UTC", ...(own ? [own] : []), ...all.filter((name) => name !== own && name !== "UTC")];
}

function corrections(file, shell) {
  const said = Object.entries(file.report.answers).filter(([key]) => key in CHOICES);
  if (!said.length) return null;
  const chosen = {};
  const again = async () => {
    if (!Object.keys(chosen).length) return;
    const done = await shell.doing(() => house.correct(file.id, chosen));
    if (done === undefined) return;
    shell.announce(say("files_corrected"));
    await shell.doing(() => shell.refresh());
    shell.redraw();
  };
  return make(
    "div",
    { class: "told" },
    make("h4", { text: say("files_answers") }),
    ...said.map(([key, value]) =>
      choice(
        say(`answer_${key}`),
        CHOICES[key].map((one) => [one, meaning(key, one, one)]),
        value,
        (now) => {
          chosen[key] = now;
        },
      ),
    ),
    button(say("files_again"), again),
  );
}

function clock(shell) {
  let named = shell.desk.zone ?? shell.desk.person.timezone ?? "UTC";
  const set = async () => {
    const done = await shell.doing(() => house.zone(named));
    if (done === undefined) return;
    shell.announce(say("files_moved", { count: count(done.moved) }));
    await shell.doing(() => shell.refresh());
    shell.redraw();
  };
  return make(
    "section",
    { class: "card" },
    make("h2", { text: say("files_clock") }),
    make("p", { class: "soft", text: say("files_clock_about", { name: shell.desk.person.name }) }),
    choice(say("files_zone"), zones(shell).map((name) => [name, name.replaceAll("_", " ")]), named, (value) => {
      named = value;
    }),
    button(say("files_set_clock"), set),
  );
}

export default {
  id: "files",
  title: "files_title",
  lead: "files_lead",
  async show(room, shell) {
    const { files } = await house.files();
    if (!files.length) {
      room.append(empty("files_none"));
      return;
    }
    const { holds } = shell.desk;
    room.append(
      make("p", {
        class: "soft",
        text: say("files_holds", { messages: count(holds.utterances), writings: count(holds.documents), media: count(holds.media) }),
      }),
    );
    if (shell.desk.zone || files.some((file) => file.utc)) room.append(clock(shell));
    room.append(
      make(
        "div",
        { class: "files" },
        ...files.map((file) =>
          reportCard(
            file.report,
            file.utc ? make("p", { class: "soft", text: say("files_utc") }) : null,
            file.report.complete ? null : make("p", { class: "told", text: say("files_unfinished") }),
            corrections(file, shell),
          ),
        ),
      ),
    );
  },
};
