// What the keeper sets right: "would never say that", "would say it like this". Nothing is deleted.
import { button, make, quoted } from "/js/keep/build.js";
import * as house from "/js/keep/desk.js";
import { count, day, say } from "/js/words.js";

// What is half written outlives a page that is drawn anew.
const draft = { said: "", instead: "" };

function field(part, names) {
  const key = `amend_${part}`;
  const id = `amend-${part}`;
  const keep = () => {
    draft[part] = box.value;
  };
  const box = make("textarea", { id, rows: "2", maxlength: "600", on: { input: keep } });
  box.value = draft[part];
  return [box, make("p", { class: "choice" }, make("label", { for: id, text: say(key, names) }), box)];
}

function form(shell, again) {
  const names = { name: shell.desk.person.name };
  const [said, first] = field("said", names);
  const [instead, second] = field("instead", names);
  const send = async () => {
    if (!said.value.trim()) {
      shell.trouble(say("amend_empty"));
      said.focus();
      return;
    }
    const done = await shell.doing(() => house.amend(said.value, instead.value.trim() || null));
    if (done === undefined) return;
    draft.said = draft.instead = "";
    shell.announce(say("amend_taken"));
    await again();
  };
  return make("div", { class: "card amend" }, first, second, button(say("amend_send"), send, { class: "plain strong" }));
}

function card(one, shell, again) {
  const back = async () => {
    const done = await shell.doing(async () => (await house.takeBack(one.id)) ?? true);
    if (done === undefined) return;
    shell.announce(say("amend_gone"));
    await again();
  };
  return make(
    "article",
    { class: "card amended" },
    make("p", { class: "soft", text: say("amend_never") }),
    quoted(one.said),
    one.instead ? make("p", { class: "soft but", text: say("amend_but") }) : null,
    one.instead ? quoted(one.instead) : null,
    make("p", { class: "soft by", text: say("amend_by", { name: one.by, day: day(one.at) }) }),
    one.undone ? null : button(say("amend_back"), back),
  );
}

// The whole part; it draws itself anew after each change.
export function amends(shell) {
  const place = make("section", { class: "amends", tabindex: "-1", "aria-label": say("amend_title") });
  async function fill(moved) {
    const found = await shell.doing(() => house.corrections());
    if (found === undefined) return;
    const [held, gone] = [found.corrections.filter((one) => !one.undone), found.corrections.filter((one) => one.undone)];
    place.replaceChildren(
      make("h2", { class: "part", text: say("amend_title") }),
      make("p", { class: "soft", text: say("amend_about", { name: shell.desk.person.name }) }),
      form(shell, () => fill(true)),
      make("div", { class: "cards" }, ...held.map((one) => card(one, shell, () => fill(true)))),
    );
    if (found.others) place.append(make("p", { class: "soft", text: say("amend_others", { count: count(found.others) }) }));
    if (gone.length) {
      place.append(
        make(
          "details",
          { class: "card" },
          make("summary", { text: say("amend_undone", { count: count(gone.length) }) }),
          make("div", { class: "cards" }, ...gone.map((one) => card(one, shell, () => fill(true)))),
        ),
      );
    }
    // The button that was pressed is gone; a reader stays where it was.
    if (moved) place.focus({ preventScroll: true });
  }
  fill(false);
  return place;
}
