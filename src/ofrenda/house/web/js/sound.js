// The ring tone, and how loud the other end is.

// Two soft notes, a third apart; twice, then a rest. Made here, so that no sound file is needed.
export class RingTone {
  constructor(context) {
    this.context = context;
    this.out = context.createGain();
    this.out.connect(context.destination);
    this.timer = null;
  }

  start() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const round = () => {
      this.note(392, 0, 1.1);
      if (!calm) this.note(494, 0.55, 1.1);
    };
    round();
    this.timer = setInterval(round, calm ? 5000 : 3200);
  }

  note(hertz, after, seconds) {
    const begin = this.context.currentTime + after;
    const voice = this.context.createOscillator();
    const shape = this.context.createGain();
    voice.frequency.value = hertz;
    shape.gain.setValueAtTime(0, begin);
    shape.gain.linearRampToValueAtTime(0.07, begin + 0.08);
    shape.gain.exponentialRampToValueAtTime(0.0005, begin + seconds);
    voice.connect(shape).connect(this.out);
    voice.start(begin);
    voice.stop(begin + seconds);
  }

  stop() {
    clearInterval(this.timer);
    this.out.gain.setTargetAtTime(0, this.context.currentTime, 0.05);
  }
}

// Calls `show` with 0..1 for every picture that the screen draws.
export class Level {
  constructor(context, stream, show) {
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
    const wave = new Float32Array(this.analyser.fftSize);
    let smooth = 0;
    const draw = () => {
      this.analyser.getFloatTimeDomainData(wave);
      const power = wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length;
      // Speech at an ordinary level has an RMS of about 0.1: that is most of the way up.
      const now = Math.min(1, Math.sqrt(power) * 7);
      smooth += (now - smooth) * (now > smooth ? 0.5 : 0.12);
      show(smooth);
      this.frame = requestAnimationFrame(draw);
    };
    draw();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.source.disconnect();
  }
}
