// What a person's camera, microphone and screen give in a journey, and how the
// others' pages read it back. Runs inside the page before its own scripts.
//
// A picture carries 16 bits of a running counter and 8 bits of the person's id
// as black and white cells; a microphone is a pure tone of the person's own
// frequency; a shared screen is a picture with id + 128. With `scene`, 1
// to 4, the camera gives a calm portrait without a counter instead, for pictures of the product.

/** Installed with page.addInitScript(install, { id, tone, width, height, fps, scene }). */
export function install({ id, tone, width = 640, height = 360, fps = 20, scene = 0 }) {
  if (!navigator.mediaDevices) return; // about:blank
  const paint = (canvas, who) => {
    const g = canvas.getContext('2d');
    let n = 0;
    const draw = () => {
      const { width: w, height: h } = canvas;
      g.fillStyle = `hsl(${(who * 47) % 360} 40% 45%)`;
      g.fillRect(0, 0, w, h);
      for (let i = 0; i < 12; i++) {
        g.fillStyle = `hsl(${(i * 37 + n * 3) % 360} 70% 55%)`;
        g.fillRect((i * 53 + n * (2 + (i % 4))) % w, h * 0.55 + ((i * 29) % (h * 0.3)), w / 16, h / 16);
      }
      for (let i = 0; i < 16; i++) cell(g, i, 0, w / 16, h / 4, (n >> i) & 1);
      for (let i = 0; i < 8; i++) cell(g, i, 1, w / 8, h / 4, (who >> i) & 1);
      n++;
    };
    const cell = (c, x, y, w, h, bit) => {
      c.fillStyle = bit ? '#fff' : '#000';
      c.fillRect(Math.floor(x * w), y * h, Math.ceil(w), h);
    };
    draw();
    return setInterval(draw, 1000 / fps);
  };
  const portrait = (canvas) => {
    const looks = [
      { wall: ['#dfe8e6', '#9db8b4'], skin: '#e3b995', hair: '#4a3228', shirt: '#2f5d62' },
      { wall: ['#e9dfd0', '#c2a680'], skin: '#8a5a3c', hair: '#1f1a18', shirt: '#d9d2c4' },
      { wall: ['#dde4ee', '#93a6c4'], skin: '#f0cdb4', hair: '#b9763f', shirt: '#6b4a6e' },
      { wall: ['#e6ead9', '#a9b88a'], skin: '#c68f66', hair: '#2b2523', shirt: '#3d4f7c' },
    ];
    const { wall, skin, hair, shirt } = looks[scene - 1];
    const g = canvas.getContext('2d');
    const { width: w, height: h } = canvas;
    const oval = (x, y, rx, ry, colour, from = 0, to = 2 * Math.PI) => {
      g.fillStyle = colour;
      g.beginPath();
      g.ellipse(x, y, rx, ry, 0, from, to);
      g.fill();
    };
    let n = 0;
    const draw = () => {
      const back = g.createLinearGradient(0, 0, w, h);
      back.addColorStop(0, wall[0]);
      back.addColorStop(1, wall[1]);
      g.fillStyle = back;
      g.fillRect(0, 0, w, h);
      const x = w / 2 + Math.sin(n / 30 + scene) * w * 0.012;
      const y = h * 0.42 + Math.sin(n / 22 + scene) * h * 0.008;
      const r = h * 0.17;
      oval(x, y - r * 0.12, r * 1.12, r * 1.32, hair);
      if (scene % 2) oval(x, y + r * 0.7, r * 1.12, r * 1.1, hair);
      g.fillStyle = skin;
      g.fillRect(x - r * 0.4, y + r * 0.8, r * 0.8, r);
      oval(w / 2, h * 1.06, h * 0.46, h * 0.42, shirt);
      oval(x, y + r * 1.7, r * 0.52, r * 0.42, skin, 0, Math.PI);
      oval(x, y + r * 0.1, r * 0.9, r * 1.15, skin);
      oval(x, y - r * 0.62, r * 0.93, r * 0.56, hair, Math.PI, 2 * Math.PI);
      n++;
    };
    draw();
    return setInterval(draw, 1000 / fps);
  };
  const video = (who, w, h) => {
    const canvas = document.createElement('canvas');
    canvas.width = w;
    canvas.height = h;
    const timer = (scene ? portrait : paint)(canvas, who);
    const track = canvas.captureStream(fps).getVideoTracks()[0];
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    return track;
  };
  const audio = (hz) => {
    const ctx = new AudioContext();
    const out = ctx.createMediaStreamDestination();
    const osc = ctx.createOscillator();
    const gain = ctx.createGain();
    osc.frequency.value = hz;
    gain.gain.value = 0.3;
    osc.connect(gain).connect(out);
    osc.start();
    spy.gains.push(gain.gain);
    const track = out.stream.getAudioTracks()[0];
    const stop = track.stop.bind(track);
    track.stop = () => {
      stop();
      ctx.close();
    };
    return track;
  };
  navigator.mediaDevices.getUserMedia = async (c) => {
    const s = new MediaStream();
    if (c.audio) s.addTrack(audio(tone));
    if (c.video) s.addTrack(video(id, width, height));
    return s;
  };
  navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([video(id + 128, 1280, 720), audio(tone + 3000)]);

  const spy = { gains: [], tracks: [], connections: [], analysers: new Map(), sockets: [] };
  window.__e2e = spy;
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      spy.connections.push(this);
      this.addEventListener('track', (e) => spy.tracks.push(e.track));
    }
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      spy.sockets.push(this);
    }
  };
}

/** In the page: reads { counter, id } from a video element, or null when nothing readable is shown. */
export function readVideo(v) {
  if (!v || v.readyState < 2 || !v.videoWidth) return null;
  const c = (window.__e2e.canvas ??= new OffscreenCanvas(320, 180));
  const g = c.getContext('2d', { willReadFrequently: true });
  g.drawImage(v, 0, 0, 320, 180);
  const px = g.getImageData(0, 0, 320, 180).data;
  const at = (x, y) => px[(Math.floor(y) * 320 + Math.floor(x)) * 4 + 1];
  let counter = 0;
  let id = 0;
  for (let i = 0; i < 16; i++) if (at(i * 20 + 10, 22) > 127) counter |= 1 << i;
  for (let i = 0; i < 8; i++) if (at(i * 40 + 20, 67) > 127) id |= 1 << i;
  return { counter, id, width: v.videoWidth, height: v.videoHeight };
}

/** In the page: loudness in dB above the neighbourhood of each tone, over all received audio tracks. */
export async function hearTones(tones) {
  const spy = window.__e2e;
  const ctx = (spy.audio ??= new AudioContext());
  if (ctx.state !== 'running') await ctx.resume();
  let fresh = false;
  for (const t of spy.tracks) {
    if (t.kind !== 'audio' || t.readyState !== 'live' || spy.analysers.has(t)) continue;
    const a = ctx.createAnalyser();
    a.fftSize = 4096;
    a.smoothingTimeConstant = 0.3;
    ctx.createMediaStreamSource(new MediaStream([t])).connect(a);
    spy.analysers.set(t, a);
    fresh = true;
  }
  await new Promise((ok) => setTimeout(ok, fresh ? 600 : 250));
  const bin = ctx.sampleRate / 4096;
  return tones.map((hz) => {
    let best = 0;
    for (const a of spy.analysers.values()) {
      const f = new Float32Array(a.frequencyBinCount);
      a.getFloatFrequencyData(f);
      const k = Math.round(hz / bin);
      const peak = Math.max(f[k - 1], f[k], f[k + 1]);
      const around = (f[k - 14] + f[k - 11] + f[k + 11] + f[k + 14]) / 4;
      if (peak > -75) best = Math.max(best, peak - Math.max(around, -110));
    }
    return Math.round(best);
  });
}
