// Bring: hand in a folder, a zip or files, see them arrive, and read what became of them.
import { button, facts, make } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { dropped, named } from "/js/keep/gather.js";
import { byWeight, goOn, questionsOf, reportCard, totals } from "/js/keep/report.js";
import { inWords } from "/js/keep/lines.js";
import { count, say } from "/js/words.js";

const MOST = 20 * 2 ** 30;

// What is on its way, kept while other pages are looked at.
let sending = null;
let bar = null;
let status = null;

function size(bytes) {
  const mib = bytes / 2 ** 20;
  return mib < 1 ? say("keep_small") : say("keep_mib", { size: count(Math.round(mib)) });
}

async function send(files, shell) {
  if (sending !== null || files.length === 0) return;
  const total = files.reduce((sum, each) => sum + each.file.size, 0);
  if (total > MOST) {
    shell.trouble(say("bring_too_much"));
    return;
  }
  sending = { total, done: 0, files: files.length, arrived: 0, stopped: false };
  await shell.redraw();
  shell.announce(say("bring_sending_begun", { count: count(files.length) }));
  let batch = null;
  const finished = await shell.doing(async () => {
    ({ batch } = await house.beginBatch());
    for (const { name, file } of files) {
      if (sending.stopped) return false;
      await house.sendFile(batch, name, file, (loaded) => tell(sending.done + loaded));
      sending.done += file.size;
      sending.arrived += 1;
      tell(sending.done);
    }
    return true;
  });
  sending = null;
  if (finished) {
    await shell.doing(async () => {
      await house.readBatch(batch, {});
      await shell.refresh();
    });
  } else if (batch !== null) await house.dropBatch(batch).catch(() => null);
  await shell.redraw();
}

// Leaving the page would lose what is half way here.
addEventListener("beforeunload", (event) => {
  if (sending !== null) event.preventDefault();
});

function tell(loaded) {
  if (bar === null || sending === null) return;
  bar.value = sending.total ? Math.min(1, loaded / sending.total) : 1;
  status.textContent = say("bring_sending", {
    arrived: count(sending.arrived),
    files: count(sending.files),
    size: size(sending.total),
  });
}

function underWay() {
  status = make("p", { id: "sending-words" });
  bar = make("progress", { max: "1", value: "0", "aria-labelledby": "sending-words" });
  const stop = button(say("bring_stop"), () => {
    if (sending) sending.stopped = true;
  });
  const box = make("div", { class: "card progress" }, status, bar, stop);
  tell(sending.done);
  return box;
}

function picker(key, about, shell) {
  const input = make("input", {
    type: "file",
    class: "only-heard",
    tabindex: "-1",
    "aria-hidden": "true",
    multiple: true,
    ...about,
    on: { change: () => send(named(input.files), shell) },
  });
  return [input, button(say(key), () => input.click(), { class: "wide" })];
}

function dropZone(shell) {
  const zone = make(
    "div",
    { class: "drop" },
    make("p", { class: "drop-title", text: say("bring_drop") }),
    make("p", { class: "soft", text: say("bring_drop_more") }),
    make(
      "div",
      { class: "pair" },
      ...picker("bring_folder", { id: "pick-folder", webkitdirectory: true }, shell),
      ...picker("bring_files", { id: "pick-files" }, shell),
    ),
  );
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const files = await shell.doing(() => dropped(event.dataTransfer));
    if (files?.length) await send(files, shell);
    else shell.trouble(say("bring_nothing"));
  });
  return zone;
}

function kinds() {
  return make(
    "details",
    { class: "card" },
    make("summary", { text: say("bring_kinds") }),
    facts([
      [say("bring_chats"), say("bring_chats_list")],
      [say("bring_mail"), say("bring_mail_list")],
      [say("bring_posts"), say("bring_posts_list")],
      [say("bring_texts"), say("bring_texts_list")],
      [say("bring_else"), say("bring_else_list")],
    ]),
  );
}

// What the keeper is to do next, in the order in which it helps.
function next(shell, open) {
  const { holds, aside } = shell.desk;
  const steps = [];
  if (open) steps.push(make("li", { text: say("next_questions", { count: count(open) }) }));
  if (holds.undecided) {
    steps.push(
      make("li", {}, make("a", { href: "#/people", text: say("next_people", { count: count(holds.undecided) }) })),
    );
  }
  const look = aside.after_death + aside.pasted + aside.planted;
  if (look) steps.push(make("li", {}, make("a", { href: "#/aside", text: say("next_aside", { count: count(look) }) })));
  if (!steps.length && holds.sources) steps.push(make("li", { text: say("next_nothing") }));
  if (!steps.length) return null;
  return make("section", { class: "card next" }, make("h2", { text: say("next_title") }), make("ol", {}, ...steps));
}

export default {
  id: "bring",
  title: "bring_title",
  heading: "bring_heading",
  lead: "bring_lead",
  waits: (desk) => desk.job.reports.reduce((sum, report) => sum + report.questions.length, 0),
  show(room, shell) {
    const { job } = shell.desk;
    const reading = job.step === "reading";
    if (sending) room.append(underWay());
    if (job.step === "failed" && job.error) {
      room.append(make("p", { class: "card trouble", role: "alert", text: inWords(job.error) }));
    }
    const open = questionsOf(job.reports);
    if (open.length && !reading) {
      room.append(
        make("h2", { class: "part", text: say("ask_title") }),
        ...open.map(({ report, question, card }) => card(report, question, shell)),
        goOn(open, shell, job.batch),
      );
    }
    if (!reading && !sending) room.append(next(shell, open.length) ?? "");
    if (!reading && !sending) room.append(dropZone(shell));
    if (job.reports.length && !reading) {
      room.append(
        make("h2", { class: "part", text: say("bring_result") }),
        make("div", { class: "card" }, totals(job.reports)),
        make("div", { class: "files" }, ...byWeight(job.reports).map((report) => reportCard(report))),
      );
    }
    if (!reading && !sending) {
      room.append(
        kinds(),
        make("p", { class: "soft" }, say("bring_terminal"), " ", make("code", { text: `ofrenda add ${shell.desk.life} ~/…` })),
        make("p", { class: "soft", text: say("bring_private") }),
      );
    }
  },
};
