// Set aside: what is kept and not used, why, and the keeper's last word on each.
import { button, empty, make, quoted } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { count, day, say } from "/js/words.js";

const LISTS = ["after_death", "pasted", "planted", "released", "own"];
const AT_ONCE = 50;

let list = null;

function act(shell, work, told) {
  return async () => {
    const done = await shell.doing(async () => (await work()) ?? true);
    if (done === undefined) return;
    shell.announce(say(told));
    await shell.doing(() => shell.refresh());
    shell.redraw();
  };
}

function buttons(one, shell) {
  if (list === "after_death" || list === "released") {
    const letIn = list === "after_death";
    const item = [{ kind: one.kind, id: one.id }];
    return [button(say(letIn ? "aside_let_in" : "aside_back"), act(shell, () => house.release(item, letIn), "aside_done"))];
  }
  if (list === "pasted") return [button(say("aside_own"), act(shell, () => house.pasted([one.id], false), "aside_done"))];
  if (list === "own") return [button(say("aside_not_own"), act(shell, () => house.pasted([one.id], null), "aside_done"))];
  if (one.kind !== "utterance") return [];
  return [button(say("aside_pasted_too"), act(shell, () => house.pasted([one.id], true), "aside_done"))];
}

function itemCard(one, shell) {
  const when = one.at ? day(one.at.slice(0, 10)) : say("aside_undated");
  return make(
    "article",
    { class: "card" },
    make("h3", { class: "file-name", text: one.sender || say("aside_nobody") }),
    make("p", { class: "soft", text: `${when} · ${one.where}` }),
    one.why ? make("p", { class: "hint", text: say(`aside_why_${one.why}`) }) : null,
    one.excerpt ? quoted(one.excerpt) : null,
    make("div", { class: "answers" }, ...buttons(one, shell)),
  );
}

function all(shell) {
  if (list !== "after_death" && list !== "released") return null;
  const letIn = list === "after_death";
  const sure = async () => {
    if (confirm(say(letIn ? "aside_sure_in" : "aside_sure_back"))) {
      await act(shell, () => house.release(null, letIn), "aside_done")();
    }
  };
  return button(say(letIn ? "aside_let_all_in" : "aside_all_back"), sure);
}

export default {
  id: "aside",
  title: "aside_title",
  lead: "aside_lead",
  async show(room, shell) {
    const counts = shell.desk.aside;
    list ??= LISTS.find((key) => counts[key]) ?? LISTS[0];
    room.append(
      make(
        "div",
        { class: "answers", role: "group", "aria-label": say("aside_lists") },
        ...LISTS.map((key) =>
          button(say(`aside_list_${key}`, { count: count(counts[key]) }), () => {
            list = key;
            shell.redraw();
          }, { class: "plain chip", "aria-pressed": String(list === key) }),
        ),
      ),
      make("p", { class: "soft about-list", text: say(`aside_about_${list}`, { name: shell.desk.person.name }) }),
    );
    const cards = make("div", { class: "cards" });
    let from = 0;
    const more = button(say("aside_more"), () => shell.doing(load));
    async function load() {
      const { items } = await house.aside(list, from);
      from += items.length;
      cards.append(...items.map((one) => itemCard(one, shell)));
      more.hidden = items.length < AT_ONCE || from >= counts[list];
    }
    await load();
    if (from === 0) room.append(empty(`aside_none`));
    else room.append(all(shell) ?? "", cards, more);
  },
};
