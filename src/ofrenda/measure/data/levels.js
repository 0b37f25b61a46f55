// Peaks of the microphone and of what comes back, each 5 ms, on one clock: window.ofrendaLevels.
(() => {
  const levels = (window.ofrendaLevels = []);
  const processor = `
    class Levels extends AudioWorkletProcessor {
      constructor() {
        super();
        this.peaks = [0, 0];
        this.filled = 0;
        this.done = [];
      }
      process(inputs) {
        for (let i = 0; i < 128; i += 1) {
          for (const side of [0, 1]) {
            const sample = Math.abs(inputs[side]?.[0]?.[i] ?? 0);
            if (sample > this.peaks[side]) this.peaks[side] = sample;
          }
          this.filled += 1;
          if (this.filled === 240) {
            this.done.push(this.peaks);
            this.peaks = [0, 0];
            this.filled = 0;
          }
        }
        if (this.done.length >= 40) {
          this.port.postMessage(this.done);
          this.done = [];
        }
        return true;
      }
    }
    registerProcessor("levels", Levels);`;

  let watching = null;
  async function watch() {
    const context = new AudioContext({ sampleRate: 48000 });
    const url = URL.createObjectURL(new Blob([processor], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const node = new AudioWorkletNode(context, "levels", { numberOfInputs: 2 });
    node.port.onmessage = (event) => levels.push(...event.data);
    node.connect(context.destination);
    await context.resume();
    return { context, node };
  }
  async function tap(stream, side) {
    watching ??= watch();
    const { context, node } = await watching;
    context.createMediaStreamSource(stream).connect(node, 0, side);
  }

  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    tap(stream, 0);
    return stream;
  };
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...how) {
      super(...how);
      this.addEventListener("track", (event) => tap(new MediaStream([event.track]), 1));
    }
  };
})();
