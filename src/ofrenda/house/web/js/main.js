// The screen: which state the phone is in, and what each button does then.
import { Call } from "/js/call.js";
import { Captions } from "/js/captions.js";
import * as house from "/js/house.js";
import { Level, RingTone } from "/js/sound.js";
import { choose, clock, current, duration, say } from "/js/words.js";

const at = (id) => document.getElementById(id);
const body = document.body;

const TALKING = new Set(["disclosing", "listening", "thinking", "speaking"]);
const IN_CALL = new Set(["asking", "connecting", "ringing", ...TALKING]);

// Error words of the house -> words of this screen.
const HELP = {
  line_busy: "busy",
  call_error: "not_ready",
  too_many: "too_many",
  call_token: "too_many",
  unreachable: "unreachable",
  engine_unavailable: "not_ready",
  engine_timeout: "not_ready",
  engine_refused: "not_ready",
  model_missing: "not_ready",
  model_corrupt: "not_ready",
};
const LINK_IS_OVER = new Set(["no_session", "not_allowed", "not_invited"]);

const captions = new Captions(at("captions"), at("lines"), at("captions-empty"), {
  box: at("source"),
  title: at("source-title"),
  about: at("source-about"),
  excerpt: at("source-excerpt"),
  from: at("source-from"),
  close: at("source-close"),
});

let person = null;
let disclosure = null;
let listener = null;
let call = null;
let context = null;
let ring = null;
let level = null;
let answeredAt = null;
let ticking = null;
let lastSeconds = 0;
let ending = "caller";
let trouble = "unexpected";
let muted = false;
let showCaptions = false;

// ---------------------------------------------------------------- drawing

function to(state) {
  const before = document.activeElement;
  body.dataset.state = state;
  draw();
  // Whoever works by keyboard stays where the next thing is.
  if (before !== body && (before?.closest("[hidden]") || before?.disabled)) nextButton()?.focus();
}

function nextButton() {
  return [at("call"), at("hang-up")].find((button) => !button.closest("[hidden]"));
}

function draw() {
  const state = body.dataset.state;
  const names = { name: person?.name, listener: listener?.name };
  document.documentElement.lang = current() === "zh" ? "zh-Hans" : "en";
  for (const each of document.querySelectorAll("[data-words]")) {
    each.textContent = say(each.dataset.words);
  }
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", say(each.dataset.label));
  }
  for (const each of document.querySelectorAll(".language")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === current()));
  }
  if (person) {
    document.title = say("title", names);
    write("label", say("label", names));
    at("name").textContent = person.name;
  }
  drawWords(state, names);
  drawControls(state, names);
  captions.name = person?.name ?? "";
}

function drawWords(state, names) {
  let status = "";
  let note = "";
  if (state === "loading") status = say("loading");
  else if (state === "closed") {
    at("name").textContent = say("closed_title");
    note = say("closed");
  } else if (state === "idle") {
    status = say("hello", names);
    note = `${disclosure[current()].join(current() === "zh" ? "" : " ")}${say("before")}`;
  } else if (state === "trouble") {
    status = say(trouble);
    note = troubleHelp();
  } else if (state === "ended") {
    status = say({ house: "ended_house", lost: "ended_lost", error: "ended_error", busy: "busy" }[ending] ?? "ended");
    note = say({ lost: "after_lost", error: "after_error", busy: "busy_help" }[ending] ?? "after");
  } else {
    status = TALKING.has(state) && muted ? say("muted") : say(state);
    if (state === "asking") note = say("asking_note");
  }
  write("status", status);
  write("note", note);
  if (state === "ended" && lastSeconds > 0) write("timer", duration(lastSeconds));
  else write("timer", answeredAt === null ? "" : clock(secondsTalked()));
}

function troubleHelp() {
  if (trouble !== "mic_refused") return say(`${trouble}_help`);
  const agent = navigator.userAgent;
  const browser = /Firefox\//.test(agent)
    ? "firefox"
    : /Chrome\/|Chromium\/|Edg\//.test(agent)
      ? "chromium"
      : /Safari\//.test(agent)
        ? "safari"
        : "other";
  return say(`mic_refused_${browser}`);
}

function drawControls(state, names) {
  const inCall = IN_CALL.has(state);
  const canCall = ["idle", "ended", "trouble"].includes(state);
  const callWord = { ended: "call_again", trouble: "try_again" }[state] ?? "call";
  at("call-control").hidden = !canCall;
  at("call-name").textContent = say(callWord);
  at("call").setAttribute("aria-label", callWord === "call" ? say("call_name", names) : say(callWord));
  at("hang-up-control").hidden = !inCall;
  at("keep").hidden = inCall || !listener?.keeps;
  at("listen").hidden = inCall || !listener?.listens;
  at("mute-control").hidden = !(inCall && state !== "asking");
  at("mute").setAttribute("aria-pressed", String(muted));
  at("mute-name").textContent = say(muted ? "unmute" : "mute");
  const withCaptions = inCall ? state !== "asking" : state === "ended" && captions.any;
  at("captions-control").hidden = !withCaptions;
  at("captions-button").setAttribute("aria-pressed", String(showCaptions));
  at("captions").hidden = !(withCaptions && showCaptions);
  body.classList.toggle("with-captions", withCaptions && showCaptions);
}

function write(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}

// Spoken by a screen reader: the few changes that matter, so that it does not talk over the call.
function announce(text) {
  at("announce").textContent = text;
}

// ---------------------------------------------------------------- a call

async function dial() {
  captions.clear();
  muted = false;
  ending = "caller";
  lastSeconds = 0;
  // Made in the tap itself: that is what allows sound.
  context = new AudioContext();
  context.resume();
  const mine = new Call({
    state: (state) => mine === call && progress(state),
    caption: (caption) => mine === call && hearCaption(caption),
    cut: (id) => mine === call && captions.cut(id),
    withdrawn: (ids) => mine === call && captions.withdraw(ids),
    sound: (stream) => mine === call && listenTo(stream),
    weak: (weak) => mine === call && warn(weak),
    ended: (reason) => mine === call && end(reason),
  });
  call = mine;
  to("asking");
  announce(say("asking"));
  try {
    await mine.microphone();
    if (mine.over) return;
    progress("dialling");
    await mine.connect(current());
    if (!mine.over && body.dataset.state === "connecting") progress("connecting");
  } catch (error) {
    if (!mine.over) fail(mine, error instanceof house.Trouble ? error.word : "unexpected");
  }
}

// "connecting" of the house means: the line is there, the other end gets ready. Here it rings.
function progress(state) {
  if (state === "dialling") {
    to("connecting");
    announce(say("connecting"));
    return;
  }
  if (state === "connecting") {
    if (body.dataset.state === "ringing") return;
    to("ringing");
    announce(say("ringing"));
    ring ??= new RingTone(context);
    ring.start();
    return;
  }
  ring?.stop();
  ring = null;
  if (answeredAt === null) {
    answeredAt = performance.now();
    ticking = setInterval(() => write("timer", clock(secondsTalked())), 500);
  }
  to(state);
  if (state === "disclosing") announce(say("disclosing"));
}

function secondsTalked() {
  return answeredAt === null ? 0 : (performance.now() - answeredAt) / 1000;
}

function hearCaption(caption) {
  captions.add(caption);
}

function listenTo(stream) {
  const voice = at("voice");
  voice.srcObject = stream;
  voice.play().catch(() => {
    if (call && !call.over) at("hear").hidden = false;
  });
  level?.stop();
  level = new Level(context, stream, (loud) => {
    at("portrait").style.setProperty("--level", loud.toFixed(3));
  });
}

function warn(weak) {
  write("warning", weak ? say(navigator.onLine ? "weak" : "offline") : "");
}

function silence() {
  ring?.stop();
  ring = null;
  level?.stop();
  level = null;
  at("portrait").style.setProperty("--level", "0");
  at("voice").srcObject = null;
  at("hear").hidden = true;
  clearInterval(ticking);
  lastSeconds = secondsTalked();
  answeredAt = null;
  write("warning", "");
  context?.close();
  context = null;
}

function end(reason) {
  ending = reason;
  silence();
  call = null;
  // Who hangs up before it is answered is back where they were.
  to(reason === "caller" && lastSeconds === 0 ? "idle" : "ended");
  announce(at("status").textContent);
}

function fail(mine, word) {
  mine.letGo();
  if (mine.id) house.hangUp(mine.id);
  silence();
  call = null;
  if (LINK_IS_OVER.has(word)) {
    close();
    return;
  }
  trouble = HELP[word] ?? (word.startsWith("mic_") || word === "insecure" || word === "no_calls" ? word : "unexpected");
  to("trouble");
  announce(`${at("status").textContent}. ${at("note").textContent}`);
}

function close() {
  person = null;
  document.title = "Ofrenda";
  at("label").hidden = true;
  to("closed");
}

// ---------------------------------------------------------------- buttons and keys

function toggleMute() {
  if (at("mute-control").hidden) return;
  muted = !muted;
  call?.mute(muted);
  draw();
  announce(say(muted ? "muted" : "unmuted"));
}

function toggleCaptions() {
  if (at("captions-control").hidden) return;
  showCaptions = !showCaptions;
  draw();
  captions.follow();
  announce(say(showCaptions ? "captions_on" : "captions_off"));
}

// With nobody to call yet, trying again means coming in again.
at("call").addEventListener("click", () => (person ? dial() : location.reload()));
at("hang-up").addEventListener("click", () => call?.hangUp());
at("mute").addEventListener("click", toggleMute);
at("captions-button").addEventListener("click", toggleCaptions);
at("hear").addEventListener("click", () => {
  at("hear").hidden = true;
  context?.resume();
  at("voice").play();
});
for (const each of document.querySelectorAll(".language")) {
  each.addEventListener("click", () => {
    choose(each.dataset.language);
    draw();
    captions.draw();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || at("source").open) return;
  if (event.key === "m" || event.key === "M") toggleMute();
  if (event.key === "c" || event.key === "C") toggleCaptions();
});
addEventListener("pagehide", () => call?.hangUp(true));
addEventListener("offline", () => call && write("warning", say("offline")));
addEventListener("online", () => write("warning", ""));

// ---------------------------------------------------------------- coming in

async function comeIn() {
  draw();
  try {
    await house.handInLink();
    ({ person, listener, disclosure } = await house.life());
  } catch (error) {
    const word = error instanceof house.Trouble ? error.word : "unexpected";
    if (LINK_IS_OVER.has(word)) close();
    else {
      trouble = HELP[word] ?? "unexpected";
      to("trouble");
    }
    return;
  }
  at("initial").textContent = person.initial;
  if (person.photo) {
    const photo = at("photo");
    photo.addEventListener("load", () => (photo.hidden = false));
    photo.src = person.photo;
  }
  to("idle");
}

comeIn();
