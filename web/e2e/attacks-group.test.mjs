// A hostile server against real browsers, on who is in the meeting and whether it
// is encrypted at all; and what leaves a browser at the moments when a careless
// one would send in the clear (docs/e2ee.md, Fail closed).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { openBrowser } from './lib/browsers.mjs';
import { open, pause, selfOf, small, startHostile, startSealed, turn, until } from './lib/hostile.mjs';
import { sdkJoins } from './lib/sdk.mjs';

let server, chromium, firefox, ada, ben, link;

before(async () => {
  server = await startHostile();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
  ada = await open(chromium, server, 'Ada', small);
  await ada.claim();
  link = await startSealed(ada);
  ben = await open(firefox, server, 'Ben', small);
  await server.order({ do: 'tap' });
  await ben.join(link);
  await locked(ada, ben);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.end();
});

const patient = { timeout: 60_000 };
const locked = (...people) => Promise.all(people.map((person) => person.shield('End-to-end encrypted', patient)));

test('nothing clear leaves a browser while it is on', async (t) => {
  const rows = {};
  const look = async (when) => {
    await pause(1500);
    for (const [track, seen] of Object.entries((await server.order({ do: 'tap' })).tap ?? {})) {
      const row = (rows[when] ??= { sealed: 0, clear: 0, tracks: 0 });
      row.sealed += seen.sealed;
      row.clear += seen.clear;
      row.tracks++;
      assert.equal(seen.clear, 0, `${when}: ${track} sends ${JSON.stringify(seen)}`);
    }
    assert.ok(rows[when]?.sealed > 0, `${when}: nothing is sent`);
  };
  await look('attaching'); // since before there was anybody
  for (const person of [ada, ben])
    await person.page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      for (const pc of window.__e2e.connections)
        for (const sender of pc.getSenders()) if (sender.track) await sender.replaceTrack(stream.getTracks().find((track) => track.kind === sender.track.kind));
    });
  await look('another camera and microphone');
  for (const person of [ada, ben]) {
    await person.control('Turn camera off').click();
    await person.control('Turn camera on').click();
  }
  await look('camera off and on');
  for (const person of [ada, ben]) await person.page.evaluate(() => window.__e2e.sockets.at(-1).close());
  await look('connecting again');
  await locked(ada, ben);
  for (const person of [ada, ben]) {
    await person.page.evaluate(() => localStorage.setItem('roundel.codec', 'VP9'));
    await person.page.reload();
    await person.enter();
  }
  await locked(ada, ben);
  await look('coming back with another codec');
  t.diagnostic(JSON.stringify(rows));
});

test('who comes without the link takes the lock from every screen', async (t) => {
  const robot = sdkJoins(server, /\/j\/(\d{10})/.exec(link)[1], 'The server');
  try {
    await ada.people();
    const row = ada.page.getByRole('listitem').filter({ has: ada.button('Admit The server') });
    await row.waitFor();
    assert.match((await row.innerText()).replace(/\D/g, ''), /^\d{12}$/, 'no digits to compare');
    await ada.button('Admit The server').click();
    await Promise.all([ada, ben].map((person) => person.shield('Partially encrypted', patient)));
    for (const person of [ada, ben]) {
      await person.page.getByRole('button', { name: /^Encryption: / }).first().click();
      const text = await person.page.getByRole('dialog').innerText();
      assert.match(text, /1 person joined without the link and is not verified yet/);
      assert.match(text, /The server\s+\S.*Joined without the link, not verified|The server[\s\S]*not verified/i);
      await person.page.keyboard.press('Escape');
    }
    t.diagnostic('the exclamation with its row on 2 of 2 screens');
  } finally {
    await robot.leave();
  }
  await locked(ada, ben);
});

test('a newcomer to the group of an earlier, clear stretch sends nothing', async (t) => {
  await turn(ada, false, [ada, ben]);
  await pause(1500); // a GroupInfo is uploaded once a second
  await server.order({ do: 'keep' });
  await turn(ada, true, [ada, ben]);
  await server.order({ do: 'words', lie: 'stale' });
  const eve = await open(chromium, server, 'Eve', { weak: true, lacks: 'freshness', ...small });
  const dan = await open(chromium, server, 'Dan', small);
  for (const person of [eve, dan]) await person.join(link);
  const ids = await Promise.all([eve, dan].map(selfOf));
  await server.order({ do: 'tap' });
  await pause(5000);
  const { tap = {} } = await server.order({ do: 'tap' });
  const [trusting, real] = ids.map((id) => Object.entries(tap).reduce((n, [track, seen]) => n + (track.startsWith(`${id} `) ? seen.frames : 0), 0));
  const { told } = await server.order({ do: 'figures' });
  await server.order({ do: 'words', lie: '' });
  t.diagnostic(`frames sent into a stale group in 5 s: ${trusting} without freshness, ${real} with it; ${told} messages changed or kept back`);
  assert.ok(trusting > 50, 'a client that trusts the group sends nothing either: the attack proves nothing');
  assert.equal(real, 0);
  await Promise.all([eve, dan].map((person) => person.page.close()));
});

test('a media worker that dies sends nothing more, and its screen says so', async (t) => {
  const ids = await Promise.all([ada, ben].map(selfOf));
  await Promise.all([ada, ben].map((person) => person.page.evaluate(() => window.__attack.media.at(-1).terminate())));
  await pause(500); // what was on its way
  await server.order({ do: 'tap' });
  await Promise.all([ada, ben].map((person) => person.shield('Cannot confirm', patient)));
  const { tap = {} } = await server.order({ do: 'tap' });
  t.diagnostic(`after the end of the workers: ${JSON.stringify(tap)}`);
  for (const seen of Object.values(tap)) assert.deepEqual(seen.clear, 0);
  await until('nothing at all is sent', async () => {
    const seen = await Promise.all(ids.map((id) => server.tap(id, 1000)));
    return seen.every(({ frames }) => frames === 0);
  });
});
