// One call: microphone, connection, data channel. Tells `on` what happens; draws nothing.
import * as house from "/js/house.js";
import { Trouble } from "/js/house.js";

const GATHER_MS = 1500;
const PING_MS = 1000;
const FLUSH_MS = 150;
const WEAK_MS = 3000; // a line that is gone this long is dialled anew
const AGAIN_MS = 2000;
const RESUME_MS = 30000; // the house waits as long
const HUSH_MS = 1000; // at the longest: what is on its way lasts 40 to 400 ms, and "speaking" comes before any new sound
const SPEAKS = ["disclosing", "speaking"];

const MICROPHONE = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } };

const REFUSALS = {
  NotAllowedError: "mic_refused",
  SecurityError: "mic_refused",
  NotFoundError: "mic_missing",
  OverconstrainedError: "mic_missing",
  NotReadableError: "mic_in_use",
  AbortError: "mic_in_use",
};

export class Call {
  // on: { state, caption, cut, withdrawn, sound(stream), weak(bool), ended(reason) }
  constructor(on) {
    this.on = on;
    this.over = false;
    this.id = null;
  }

  async microphone() {
    if (!window.isSecureContext || !navigator.mediaDevices) throw new Trouble("insecure");
    if (!window.RTCPeerConnection) throw new Trouble("no_calls");
    try {
      this.mic = await navigator.mediaDevices.getUserMedia(MICROPHONE);
    } catch (error) {
      throw new Trouble(REFUSALS[error.name] ?? "mic_missing");
    }
    if (this.over) this.letGo();
  }

  // resumes: the id of the call that goes on, after the network dropped.
  async connect(language, resumes) {
    if (this.over) return;
    this.language = language;
    const peer = new RTCPeerConnection();
    const before = this.peer;
    this.peer = peer;
    const [track] = this.mic.getAudioTracks();
    peer.addTransceiver(track, { direction: "sendrecv", streams: [this.mic] });
    track.onended = () => this.finish("lost");
    peer.addEventListener("track", (event) => {
      this.voice = event.track;
      this.on.sound(event.streams[0] ?? new MediaStream([event.track]));
    });
    peer.addEventListener("connectionstatechange", () => this.watch(peer));
    this.openChannel(peer);

    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    if (this.over) return;
    const answer = await house.offer(peer.localDescription, language, resumes).finally(() => before?.close());
    this.id = answer.call_id;
    if (this.over) {
      // Hung up while the house was answering.
      house.hangUp(this.id);
      return;
    }
    await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
  }

  openChannel(peer) {
    const channel = peer.createDataChannel("ofrenda");
    this.channel = channel;
    channel.addEventListener("open", () => {
      clearInterval(this.ping);
      this.ping = setInterval(() => this.tell("ping"), PING_MS);
    });
    channel.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    channel.addEventListener("close", () => channel === this.channel && this.dropped());
  }

  hear(message) {
    if (this.over) return;
    if (SPEAKS.includes(message.state)) this.unhush();
    if (message.type === "cut" || message.type === "withdrawn") this.hush();
    if (message.type === "state" && message.state !== "ended") this.on.state(message.state);
    else if (message.type === "caption") this.on.caption(message);
    else if (message.type === "cut") this.on.cut(message.id);
    else if (message.type === "withdrawn") this.on.withdrawn(message.ids);
    else if (message.type === "ended") this.finish(message.reason);
  }

  // Who interrupts need not hear what the browser still holds back against jitter. The messages come
  // in order, so that one that was late never silences the next answer.
  hush() {
    this.unhush();
    if (!this.voice) return;
    this.voice.enabled = false;
    this.hushed = setTimeout(() => this.unhush(), HUSH_MS);
  }

  unhush() {
    clearTimeout(this.hushed);
    if (this.voice) this.voice.enabled = true;
  }

  watch(peer) {
    if (peer !== this.peer || this.over) return;
    clearTimeout(this.waiting);
    const state = peer.connectionState;
    if (state === "failed" || state === "closed") this.dropped();
    else if (state === "disconnected") this.waiting = setTimeout(() => this.dropped(), WEAK_MS);
    this.on.weak(state !== "connected" && state !== "connecting" && state !== "new");
  }

  // The network dropped: the house keeps the call for a while, and so do we.
  async dropped() {
    if (this.over || this.coming) return;
    if (!this.id || !this.ping) return this.finish("lost");
    this.coming = true;
    const until = Date.now() + RESUME_MS;
    while (!this.over && Date.now() < until) {
      this.on.weak(true);
      try {
        await this.connect(this.language, this.id);
        if (await up(this.peer)) break;
      } catch (trouble) {
        // Only what may pass by itself is tried again: no network, or a house that asks for patience.
        if (trouble.word !== "unreachable" && trouble.word !== "too_many") return this.finish("lost");
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    this.coming = false;
    if (this.peer.connectionState !== "connected") this.finish("lost");
  }

  tell(text) {
    if (this.channel?.readyState === "open") this.channel.send(text);
  }

  mute(muted) {
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  // Said on the line first, then once more at the door, in case the line no longer carries it.
  hangUp(leaving = false) {
    if (this.over) return;
    this.tell(JSON.stringify({ type: "hang_up" }));
    const { id } = this;
    if (id && leaving) house.hangUp(id);
    else if (id) setTimeout(() => house.hangUp(id), FLUSH_MS);
    this.finish("caller");
  }

  finish(reason) {
    if (this.over) return;
    this.over = true;
    this.letGo();
    this.on.ended(reason);
  }

  // The microphone goes at once; the connection a moment later, so that the last word gets out.
  letGo() {
    this.over = true;
    clearInterval(this.ping);
    clearTimeout(this.waiting);
    for (const track of this.mic?.getTracks() ?? []) track.stop();
    const peer = this.peer;
    if (peer) setTimeout(() => peer.close(), FLUSH_MS);
  }
}

function up(peer) {
  return new Promise((resolve) => {
    const done = () => {
      if (["connected", "failed", "closed"].includes(peer.connectionState)) resolve(peer.connectionState === "connected");
    };
    peer.addEventListener("connectionstatechange", done);
    setTimeout(() => resolve(false), WEAK_MS * 2);
    done();
  });
}

function gathered(peer) {
  return new Promise((resolve) => {
    const done = () => peer.iceGatheringState === "complete" && resolve();
    peer.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, GATHER_MS);
    done();
  });
}
