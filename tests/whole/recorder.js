// Put into the page before anything of its own: what is said into the microphone and what comes
// over the line, sample by sample on one clock, and when the page showed what.
(() => {
  if (!navigator.mediaDevices) return;
  const RATE = 16000;
  const BLOCK = 320;
  const LOUD = 0.01;
  const PAUSE = 1.0;
  // Passes on what comes into its two inputs, 20 ms at a time.
  const WORKLET = `
    registerProcessor("recorder", class extends AudioWorkletProcessor {
      constructor() {
        super();
        this.fresh();
      }
      fresh() {
        this.blocks = [new Float32Array(${BLOCK}), new Float32Array(${BLOCK})];
        this.filled = 0;
      }
      process(inputs) {
        for (let i = 0; i < 128; i += 1) {
          this.blocks[0][this.filled] = inputs[0][0]?.[i] ?? 0;
          this.blocks[1][this.filled] = inputs[1][0]?.[i] ?? 0;
          this.filled += 1;
          if (this.filled === ${BLOCK}) {
            this.port.postMessage(this.blocks);
            this.fresh();
          }
        }
        return true;
      }
    });`;
  const ears = {
    RATE,
    samples: 0,
    marks: [],
    mic: [],
    line: [],
    // Per block of 20 ms: whether there is something to hear.
    micLoud: [],
    lineLoud: [],
    // Phrases begun in the microphone; a pause of a second is between two.
    phrases: 0,
  };
  window.ears = ears;
  let context = null;
  let node = null;
  let beginning = null;

  const mark = (kind, what) => ears.marks.push({ at: ears.samples, kind, ...what });

  function keep(mic, line) {
    const quiet = ears.quiet("micLoud");
    for (const [name, sound] of [["mic", mic], ["line", line]]) {
      ears[name].push(sound);
      ears[`${name}Loud`].push(Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length) > LOUD);
    }
    if (ears.micLoud.at(-1) && (ears.phrases === 0 || quiet >= PAUSE)) ears.phrases += 1;
    ears.samples += mic.length;
  }

  // Seconds since the last block with something to hear.
  ears.quiet = (which) => ((ears[which].length - 1 - ears[which].lastIndexOf(true)) * BLOCK) / RATE;
  // Seconds of sound since a sample.
  ears.sounded = (which, since) => (ears[which].slice(Math.ceil(since / BLOCK)).filter(Boolean).length * BLOCK) / RATE;

  // A stretch of sound as base64 of 16-bit samples.
  ears.take = (which, from, to) => {
    const blocks = ears[which].slice(Math.floor(from / BLOCK), Math.ceil(to / BLOCK));
    const pcm = new Int16Array(blocks.length * BLOCK);
    blocks.forEach((block, i) => block.forEach((x, j) => (pcm[i * BLOCK + j] = Math.max(-1, Math.min(1, x)) * 32767)));
    const bytes = new Uint8Array(pcm.buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };

  function begin() {
    beginning ??= (async () => {
      context = new AudioContext({ sampleRate: RATE });
      await context.resume();
      const code = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
      await context.audioWorklet.addModule(code);
      node = new AudioWorkletNode(context, "recorder", { numberOfInputs: 2, numberOfOutputs: 1 });
      node.port.onmessage = ({ data: [mic, line] }) => keep(mic, line);
      // Only what leads to the loudspeaker is pulled; what comes out is silence.
      node.connect(context.destination);
    })();
    return beginning;
  }

  function listen(track, input) {
    context.createMediaStreamSource(new MediaStream([track])).connect(node, 0, input);
  }

  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    await begin();
    const stream = await ask(wanted);
    // A copy goes on hearing when the page mutes its own.
    ears.copy = stream.getAudioTracks()[0].clone();
    listen(ears.copy, 0);
    return stream;
  };

  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", (event) => listen(event.track, 1));
    }
  };

  addEventListener("DOMContentLoaded", () => {
    const state = () => mark("state", { name: document.body.dataset.state });
    new MutationObserver(state).observe(document.body, { attributeFilter: ["data-state"] });
    const mute = document.getElementById("mute");
    let muted = null;
    new MutationObserver(() => {
      const now = mute.getAttribute("aria-pressed") === "true";
      if (now !== muted) mark("muted", { on: (muted = now) });
    }).observe(mute, { attributeFilter: ["aria-pressed"] });
    new MutationObserver((changes) => {
      for (const item of changes.flatMap((change) => [...change.addedNodes])) {
        const text = (name) => item.querySelector(name)?.textContent ?? "";
        mark("line", {
          id: Number(item.dataset.id),
          provenance: item.dataset.provenance,
          who: ["person", "house", "caller"].find((who) => item.classList.contains(who)),
          cut: item.classList.contains("cut"),
          text: text(".line-text"),
          origin: text(".origin"),
        });
      }
    }).observe(document.getElementById("lines"), { childList: true });
  });
})();
