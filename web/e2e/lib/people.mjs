// People in a journey: what they do on screen, and what they see and hear. They
// find things by what a person reads, so that a journey breaks where a person
// would be lost.
import assert from 'node:assert/strict';
import { install, readVideo, hearTones } from './signals.mjs';

let lastId = 0;

/** Waits until `look` returns something truthy; fails with what it last returned. */
export async function until(what, look, { timeout = 15_000, every = 100 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
    await new Promise((ok) => setTimeout(ok, every));
  }
}

export class Person {
  /** Opens a page in browser; codec: VP8 (default), VP9, AV1 or H264; scene: 1 to 4, a portrait instead of a counter. */
  static async open(browser, server, name, { codec, width, height, fps, scene, page: options } = {}) {
    const person = new Person();
    lastId = (lastId % 100) + 1;
    person.id = lastId;
    person.tone = 400 + ((lastId * 170) % 2400);
    person.name = name;
    person.server = server;
    person.page = await browser.newPage(options);
    person.problems = [];
    person.page.on('pageerror', (e) => person.problems.push(`page error: ${e.message}`));
    person.page.on('console', (m) => {
      if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) person.problems.push(`console: ${m.text()}`);
    });
    // A page is a new person: nothing remembered from another one in the same profile.
    await person.page.addInitScript(() => {
      if (location.protocol !== 'https:' || sessionStorage.getItem('e2e')) return;
      localStorage.clear();
      indexedDB.deleteDatabase('roundel');
      sessionStorage.setItem('e2e', 'open');
    });
    await person.page.addInitScript(install, { id: person.id, tone: person.tone, width, height, fps, scene });
    await person.page.addInitScript(`window.readVideo = ${readVideo}; window.hearTones = ${hearTones};`);
    if (codec) await person.page.addInitScript((c) => location.protocol === 'https:' && localStorage.setItem('roundel.codec', c), codec);
    return person;
  }

  /** Opens the first-run link and becomes the owner. */
  async claim(password = 'a long enough password') {
    await this.page.goto(this.server.owner);
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByLabel('Password again').fill(password);
    await this.button('Become the owner').click();
    await this.arrives('New meeting');
  }

  async signIn(password = 'a long enough password') {
    await this.page.goto(`${this.server.url}/signin`);
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Sign in').click();
    await this.arrives('New meeting');
  }

  button(name, options = {}) {
    return this.page.getByRole('button', { name, exact: true, ...options });
  }

  /** Waits for a button of the next screen; a failure says what is shown instead. */
  async arrives(name) {
    await this.button(name)
      .waitFor()
      .catch(async (e) => {
        throw new Error(`${e.message}\non screen: ${await this.page.locator('body').innerText()}\n${this.problems.join('\n')}`);
      });
  }

  /** Starts a meeting from the start page and goes in; returns its link. */
  async startMeeting() {
    await this.button('New meeting').click();
    await this.page.waitForURL(/\/j\/\d{10}/);
    await this.enter();
    return this.link();
  }

  /** The invitation of the meeting that this page is in, with its secret part, which is no longer in the address. */
  async link() {
    return this.page.evaluate(() => {
      const number = location.pathname.match(/\d{10}/)[0];
      const secret = sessionStorage.getItem(`roundel.invite.${number}`);
      return `${location.origin}/j/${number}${secret ? `#${secret}` : ''}`;
    });
  }

  /** Opens a meeting's link; resolves on the pre-join page. */
  async open(link) {
    await this.page.goto(link);
    await this.page.getByLabel('Your name').waitFor();
  }

  /** From the pre-join page into the meeting (or its lobby: then `until: 'lobby'`). */
  async enter({ passcode, until: where = 'meeting' } = {}) {
    const field = this.page.getByLabel('Your name');
    await field.waitFor();
    await field.fill(this.name);
    if (passcode !== undefined) await this.page.getByLabel('Passcode').fill(passcode);
    await until(`${this.name}'s camera preview`, () => this.page.locator('video').evaluateAll((vs) => vs.some((v) => v.videoWidth > 0)));
    await this.button('Join').click();
    if (where === 'meeting') await this.inMeeting();
    else if (where === 'door') await this.page.getByText('Somebody in it will let you in.').waitFor();
    else if (where === 'lobby') await this.page.getByText('The host will let you in.').waitFor();
  }

  async join(link, options) {
    await this.open(link);
    await this.enter(options);
  }

  async inMeeting() {
    await this.page.getByRole('toolbar', { name: 'Meeting controls' }).waitFor();
  }

  /** The picture of someone else on this person's screen: { counter, id, width, height } or null. */
  async look(other, kind = 'camera') {
    const label = kind === 'screen' ? `${other.name}’s screen` : `Video of ${other.name}`;
    return this.page.evaluate((label) => window.readVideo(document.querySelector(`video[aria-label="${CSS.escape(label).replaceAll('\\ ', ' ')}"]`)) , label).catch(() => null);
  }

  /** Waits until the other's picture moves here and is really theirs. */
  async sees(other, kind = 'camera', options = {}) {
    const id = kind === 'screen' ? other.id + 128 : other.id;
    const first = await until(`${this.name} sees ${other.name}'s ${kind}`, async () => {
      const v = await this.look(other, kind);
      return v?.id === id && v;
    }, options);
    return until(`${other.name}'s ${kind} moves on ${this.name}'s screen`, async () => {
      const v = await this.look(other, kind);
      return v?.id === id && v.counter !== first.counter && v;
    }, options);
  }

  /** Falls silent at an open microphone. */
  async hush() {
    await this.page.evaluate(() => window.__e2e.gains.forEach((gain) => (gain.value = 0)));
  }

  /** Waits until the other's video plays here, whatever it shows. */
  async seesMoving(other) {
    const video = this.page.locator(`video[aria-label="Video of ${other.name}"]`);
    const frames = () => video.evaluate((v) => v.getVideoPlaybackQuality().totalVideoFrames, undefined, { timeout: 1000 });
    const first = await until(`${this.name} sees ${other.name}`, frames);
    await until(`${other.name}'s video moves on ${this.name}'s screen`, async () => (await frames()) > first + 5);
  }

  /** The id of the track that shows the other's camera here. */
  trackOf(other) {
    return this.page.locator(`video[aria-label="Video of ${other.name}"]`).evaluate((v) => v.srcObject.getVideoTracks()[0].id);
  }

  /** From now on notes whose pictures are visible here under a name, screen refresh by screen refresh. */
  watch(name) {
    return this.page.evaluate((name) => {
      const seen = (window.__e2e.watched = new Set());
      const look = () => {
        const video = document.querySelector(`video[aria-label="Video of ${name}"]`);
        const shown = video && getComputedStyle(video).opacity === '1' && window.readVideo(video);
        if (shown) seen.add(shown.id);
        requestAnimationFrame(look);
      };
      look();
    }, name);
  }

  watched() {
    return this.page.evaluate(() => [...window.__e2e.watched]);
  }

  async seesNot(other, kind = 'camera') {
    await until(`${other.name}'s ${kind} is gone from ${this.name}'s screen`, async () => (await this.look(other, kind)) === null);
  }

  async hears(other, { tone = other.tone, ...options } = {}) {
    try {
      return await until(`${this.name} hears ${other.name} (${tone} Hz)`, async () => {
        const [level] = await this.page.evaluate((t) => window.hearTones(t), [tone]);
        return level > 20 && level;
      }, options);
    } catch (error) {
      const [here, there] = await Promise.all([this.soundState(), other.page && other.soundState()]);
      throw new Error(`${error.message}\n${this.name}: ${JSON.stringify(here)}\n${other.name}: ${JSON.stringify(there)}`);
    }
  }

  /** What the browser says of sound on its way in and out: tells a failing journey where it was lost. */
  async soundState() {
    return this.page.evaluate(async () => {
      const { connections, audio, gains, tracks } = window.__e2e;
      const state = { context: audio?.state, gains: gains.map((g) => g.value), tracks: tracks.filter((t) => t.kind === 'audio').map((t) => `${t.readyState}${t.muted ? ' muted' : ''}`), in: [], out: [] };
      for (const pc of connections) {
        for (const s of (await pc.getStats()).values()) {
          if (s.kind !== 'audio') continue;
          if (s.type === 'inbound-rtp') state.in.push({ mid: s.mid, packets: s.packetsReceived, lost: s.packetsLost, concealed: s.concealedSamples, samples: s.totalSamplesReceived, level: s.audioLevel });
          if (s.type === 'outbound-rtp') state.out.push({ mid: s.mid, packets: s.packetsSent, active: s.active });
        }
        state.connection = pc.connectionState;
      }
      return state;
    });
  }

  async hearsNot(other, { tone = other.tone } = {}) {
    await until(`${this.name} no longer hears ${other.name}`, async () => {
      const [level] = await this.page.evaluate((t) => window.hearTones(t), [tone]);
      return level < 8;
    });
  }

  async seesAndHears(other, options) {
    await Promise.all([this.sees(other, 'camera', options), this.hears(other, options)]);
  }

  /** The word on the shield. */
  async shield(word, options) {
    await until(`${this.name}'s shield says "${word}"`, async () => {
      const label = await this.page.getByRole('button', { name: /^Encryption: / }).first().getAttribute('aria-label');
      return label === `Encryption: ${word}`;
    }, options);
  }

  /** A button of the bar at the bottom. */
  control(name) {
    return this.page.getByRole('toolbar', { name: 'Meeting controls' }).getByRole('button', { name, exact: typeof name === 'string' });
  }

  async panel(name) {
    const button = this.control(name);
    if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  }

  async people() {
    await this.panel(/pe(ople|rson)/i);
  }

  /** Chooses from the menu of someone in the list of people. */
  async act(other, item) {
    await this.people();
    await this.button(`Actions for ${other.name}, list`).click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  async more(item) {
    await this.button('More').click();
    const entry = this.page.getByRole('menuitem', { name: item });
    await entry.click({ timeout: 10_000 }).catch(async (e) => {
      throw new Error(`${this.name} cannot choose “${await entry.innerText()}”: ${e.message}`);
    });
  }

  async says(text, { to } = {}) {
    await this.panel(/^Chat/);
    if (to) await this.page.getByLabel('To', { exact: true }).selectOption({ label: to.name });
    await this.page.getByLabel('Message', { exact: true }).fill(text);
    await this.page.keyboard.press('Enter');
  }

  async reads(text) {
    await this.panel(/^Chat/);
    await this.page.getByRole('log').getByText(text, { exact: true }).waitFor();
  }

  /** Sum of RTP packets that this page sent so far, by kind. */
  async sent() {
    return this.page.evaluate(async () => {
      const sum = { audio: 0, video: 0 };
      for (const pc of window.__e2e.connections)
        for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp') sum[s.kind] += s.packetsSent;
      return sum;
    });
  }

  async close() {
    const page = this.page;
    await page.close();
    assert.deepEqual(this.problems, [], `${this.name}'s page complained`);
  }
}
