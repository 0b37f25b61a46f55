// Who is who: every sender of every file, and whose words they are. Nothing is decided unasked.
import { button, choice, empty, make, quoted } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { kindOf } from "/js/keep/report.js";
import { count, day, say } from "/js/words.js";

const AT_ONCE = 40;

let ticked = new Set();
let some = AT_ONCE;
let filter = "undecided";

// "person", "member:ID", "other", "drop" or "" and back.
const written = (one) => (one.holder === "member" ? `member:${one.member}` : (one.holder ?? ""));

function decision(id, value) {
  const [holder, ...rest] = value.split(":");
  return holder === "member" ? { id, holder, member: rest.join(":") } : { id, holder: holder || null, member: null };
}

function options(shell) {
  return [
    ["", say("people_undecided")],
    ["person", shell.desk.person.name],
    ...shell.desk.members.map((member) => [
      `member:${member.id}`,
      member.relation ? say("people_member", { name: member.name, relation: member.relation }) : member.name,
    ]),
    ["other", say("people_other")],
    ["drop", say("people_drop")],
  ];
}

async function decide(ids, value, shell) {
  const done = await shell.doing(async () => {
    await house.decide(ids.map((id) => decision(id, value)));
    return true;
  });
  if (!done) return;
  ticked = new Set([...ticked].filter((id) => !ids.includes(id)));
  const who = options(shell).find(([key]) => key === value)[1];
  shell.announce(say("people_said", { count: count(ids.length), who }));
  await shell.doing(() => shell.refresh());
  await shell.redraw();
}

function span(one) {
  if (!one.first) return say("people_lines", { count: count(one.count) });
  const values = { count: count(one.count), first: day(one.first.slice(0, 10)), last: day(one.last.slice(0, 10)) };
  return say(values.first === values.last ? "people_day" : "people_span", values);
}

function hint(one, shell) {
  if (!one.looks_like || one.holder) return null;
  const who = options(shell).find(([key]) => key === one.looks_like)?.[1];
  return who ? make("p", { class: "hint", text: say("people_looks_like", { who }) }) : null;
}

function senderCard(one, shell) {
  const tick = make("input", {
    type: "checkbox",
    id: `tick-${one.id}`,
    checked: ticked.has(one.id),
    on: {
      change: () => {
        if (tick.checked) ticked.add(one.id);
        else ticked.delete(one.id);
        drawBar(shell);
      },
    },
  });
  const name = one.unsigned ? say("people_unsigned", { file: one.name }) : one.name;
  return make(
    "article",
    { class: "card sender", "data-holder": one.holder ?? "none" },
    make(
      "header",
      {},
      make("label", { class: "tick", for: `tick-${one.id}` }, tick, make("span", { class: "sender-name", text: name })),
      make("p", { class: "soft", text: `${kindOf(one.platform)} · ${span(one)}` }),
      one.called.length ? make("p", { class: "hint", text: say("people_called", { names: one.called.join(", ") }) }) : null,
      one.key !== one.name && !one.unsigned ? make("p", { class: "soft known", text: say("people_known", { key: one.key }) }) : null,
    ),
    ...one.samples.map(quoted),
    one.after_death ? make("p", { class: "hint", text: say("people_after", { count: count(one.after_death) }) }) : null,
    hint(one, shell),
    choice(say("people_is"), options(shell), written(one), (value) => decide([one.id], value, shell)),
  );
}

function kinCard(kin, group, shell) {
  let value = group.find((one) => one.holder)?.holder ? written(group.find((one) => one.holder)) : "";
  const because = kin.reasons.map(({ because: why, detail }) => say(`kin_${why}`, { detail }));
  return make(
    "section",
    { class: "kin" },
    make(
      "div",
      { class: "kin-head" },
      make("h3", { text: say("kin_title", { count: count(group.length) }) }),
      make("ul", { class: "soft" }, ...because.map((text) => make("li", { text }))),
      choice(say("kin_all_are"), options(shell), value, (now) => {
        value = now;
      }),
      button(say("kin_apply"), () => decide(group.map((one) => one.id), value, shell)),
    ),
    ...group.map((one) => senderCard(one, shell)),
  );
}

let bar = null;

function drawBar(shell) {
  bar.hidden = ticked.size === 0;
  if (bar.hidden) return;
  let value = "person";
  bar.replaceChildren(
    make("p", { text: say("people_ticked", { count: count(ticked.size) }) }),
    choice(say("people_ticked_are"), options(shell), value, (now) => {
      value = now;
    }),
    button(say("people_apply"), () => decide([...ticked], value, shell), { class: "plain strong" }),
    button(say("people_untick"), () => {
      ticked = new Set();
      shell.redraw();
    }),
  );
}

function filters(counts, shell) {
  const one = (key) =>
    button(say(`people_show_${key}`, { count: count(counts[key]) }), () => {
      filter = key;
      some = AT_ONCE;
      shell.redraw();
    }, { class: "plain chip", "aria-pressed": String(filter === key) });
  return make("div", { class: "answers", role: "group", "aria-label": say("people_filter") }, one("undecided"), one("decided"), one("all"));
}

export default {
  id: "people",
  title: "people_title",
  lead: "people_lead",
  waits: (desk) => desk.holds.undecided,
  leave() {
    ticked = new Set();
    some = AT_ONCE;
  },
  async show(room, shell) {
    const { senders, kin } = await house.senders();
    if (!senders.length) {
      room.append(empty("people_none"));
      return;
    }
    const fits = {
      undecided: (one) => !one.holder,
      decided: (one) => one.holder,
      all: () => true,
    };
    const counts = Object.fromEntries(Object.entries(fits).map(([key, fit]) => [key, senders.filter(fit).length]));
    if (filter === "undecided" && counts.undecided === 0) filter = "decided";
    const byId = new Map(senders.map((one) => [one.id, one]));
    const list = senders.filter(fits[filter]);
    const left = new Set(list.map((one) => one.id));
    ticked = new Set([...ticked].filter((id) => byId.has(id)));
    room.append(filters(counts, shell));
    const weight = (each) => each.ids.reduce((sum, id) => sum + (byId.get(id)?.count ?? 0), 0);
    for (const each of kin.toSorted((a, b) => weight(b) - weight(a))) {
      // A sender stands once, under the surest reason; those decided alike need no proposal.
      const group = each.ids.map((id) => byId.get(id)).filter(Boolean);
      const open = group.filter((one) => left.has(one.id));
      const agreed = new Set(group.map(written)).size === 1 && group[0].holder;
      if (agreed || open.length === 0 || group.some((one) => !left.has(one.id) && fits[filter](one))) continue;
      room.append(kinCard(each, group, shell));
      for (const one of group) left.delete(one.id);
    }
    const single = list.filter((one) => left.has(one.id));
    const unsigned = single.filter((one) => one.unsigned);
    const named = single.filter((one) => !one.unsigned);
    room.append(make("div", { class: "cards" }, ...named.slice(0, some).map((one) => senderCard(one, shell))));
    if (named.length > some) {
      room.append(button(say("people_more", { count: count(named.length - some) }), () => {
        some += AT_ONCE;
        shell.redraw();
      }));
    }
    if (unsigned.length) {
      room.append(
        make("h2", { class: "part", text: say("people_unsigned_title") }),
        make("p", { class: "soft", text: say("people_unsigned_about") }),
        unsigned.length > 1
          ? button(say("people_tick_all", { count: count(unsigned.length) }), () => {
              for (const one of unsigned) ticked.add(one.id);
              shell.redraw();
            })
          : "",
        make("div", { class: "cards" }, ...unsigned.map((one) => senderCard(one, shell))),
      );
    }
    bar = make("div", { class: "card bar", role: "region", "aria-label": say("people_ticked_region"), hidden: true });
    room.append(bar);
    drawBar(shell);
  },
};
