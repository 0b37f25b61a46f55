// What was said, line by line, each with where it comes from; and the source behind a line.
import { day, say } from "/js/words.js";

const OPENABLE = new Set(["own_words", "remembered"]);

export class Captions {
  constructor(panel, lines, empty, dialog) {
    Object.assign(this, { panel, lines, empty, dialog });
    this.said = [];
    this.name = "";
    dialog.close.addEventListener("click", () => dialog.box.close());
    // A tap beside the box closes it, as Esc does.
    dialog.box.addEventListener("click", (event) => {
      if (event.target === dialog.box) dialog.box.close();
    });
  }

  get any() {
    return this.said.length > 0;
  }

  clear() {
    this.said = [];
    this.draw();
  }

  add(caption) {
    this.said.push({ ...caption, cut: false });
    this.lines.append(this.line(this.said.at(-1)));
    this.empty.hidden = true;
    this.follow();
  }

  cut(id) {
    const found = this.said.find((caption) => caption.id === id);
    if (!found) return;
    found.cut = true;
    const before = this.lines.querySelector(`[data-id="${Number(id)}"]`);
    before?.replaceWith(this.line(found));
  }

  // What was said after all is said otherwise: these lines go.
  withdraw(ids) {
    const gone = new Set(ids);
    this.said = this.said.filter((caption) => !gone.has(caption.id));
    this.draw();
  }

  // Anew, in the language that the screen has now.
  draw() {
    this.lines.replaceChildren(...this.said.map((caption) => this.line(caption)));
    this.empty.hidden = this.any;
    if (this.dialog.box.open && this.shown) this.fill(this.shown);
    this.follow();
  }

  follow() {
    this.panel.scrollTop = this.panel.scrollHeight;
  }

  line(caption) {
    const item = element("li", `line ${caption.who}`);
    item.dataset.id = caption.id;
    item.dataset.provenance = caption.provenance;
    const who = { caller: say("you"), house: say("house"), person: this.name }[caption.who];
    item.append(element("span", "line-who", who));
    const text = element("p", "line-text", caption.text);
    text.lang = caption.language;
    if (caption.cut) {
      item.classList.add("cut");
      text.append(element("span", "line-cut", ` (${say("cut")})`));
    }
    item.append(text);
    if (caption.who === "person") item.append(this.origin(caption));
    return item;
  }

  origin(caption) {
    const words = this.originWords(caption);
    if (!OPENABLE.has(caption.provenance) || !caption.source) {
      return element("span", "origin", words);
    }
    const button = element("button", "origin openable", words);
    button.type = "button";
    button.title = say("open_source");
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => {
      this.shown = caption;
      this.fill(caption);
      this.dialog.box.showModal();
    });
    return button;
  }

  originWords({ provenance, source }) {
    const name = this.name;
    if (provenance === "own_words") return dated("own_words", source, { name });
    if (provenance === "remembered") return dated(`remembered_${kind(source)}`, source, { name });
    return say(provenance === "unknown" ? "unknown" : "in_character", { name });
  }

  fill({ provenance, source, language }) {
    const { title, about, excerpt, from } = this.dialog;
    const name = this.name;
    title.textContent = say(`source_${provenance}`, { name });
    about.textContent = say(`source_${provenance}_about`, { name });
    excerpt.textContent = source.excerpt;
    if (provenance === "own_words") excerpt.lang = language;
    else excerpt.removeAttribute("lang");
    from.textContent = dated(`source_${kind(source)}`, source, { name });
  }
}

function kind(source) {
  return ["document", "call", "letter"].includes(source?.kind) ? source.kind : "utterance";
}

function dated(key, source, values) {
  if (!source?.said_at) return say(`${key}_undated`, values);
  return say(key, { ...values, date: day(source.said_at) });
}

// Text only, never markup: what was said is not ours to interpret.
function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
