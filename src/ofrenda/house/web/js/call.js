// One call: microphone, connection, data channel. Tells `on` what happens; draws nothing.
import * as house from "/js/house.js";
import { Trouble } from "/js/house.js";

const GATHER_MS = 1500;
const PING_MS = 1000;
const FLUSH_MS = 150;

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
  // on: { state, caption, cut, sound(stream), weak(bool), ended(reason) }
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

  async connect(language) {
    if (this.over) return;
    const peer = new RTCPeerConnection();
    this.peer = peer;
    const [track] = this.mic.getAudioTracks();
    peer.addTransceiver(track, { direction: "sendrecv", streams: [this.mic] });
    track.addEventListener("ended", () => this.finish("lost"));
    peer.addEventListener("track", (event) => {
      this.on.sound(event.streams[0] ?? new MediaStream([event.track]));
    });
    peer.addEventListener("connectionstatechange", () => this.watch());
    this.openChannel();

    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    if (this.over) return;
    const answer = await house.offer(peer.localDescription, language);
    this.id = answer.call_id;
    if (this.over) {
      // Hung up while the house was answering.
      house.hangUp(this.id);
      return;
    }
    await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
  }

  openChannel() {
    this.channel = this.peer.createDataChannel("ofrenda");
    this.channel.addEventListener("open", () => {
      this.ping = setInterval(() => this.tell("ping"), PING_MS);
    });
    this.channel.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    this.channel.addEventListener("close", () => this.finish("lost"));
  }

  hear(message) {
    if (this.over) return;
    if (message.type === "state" && message.state !== "ended") this.on.state(message.state);
    else if (message.type === "caption") this.on.caption(message);
    else if (message.type === "cut") this.on.cut(message.id);
    else if (message.type === "ended") this.finish(message.reason);
  }

  watch() {
    const state = this.peer.connectionState;
    if (state === "failed" || state === "closed") this.finish("lost");
    else this.on.weak(state === "disconnected");
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
    for (const track of this.mic?.getTracks() ?? []) track.stop();
    const peer = this.peer;
    if (peer) setTimeout(() => peer.close(), FLUSH_MS);
  }
}

function gathered(peer) {
  return new Promise((resolve) => {
    const done = () => peer.iceGatheringState === "complete" && resolve();
    peer.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, GATHER_MS);
    done();
  });
}
