// Two machines of the WebAssembly build meet over a delivery service of a few
// lines, switch encryption on and write to each other.
import { readFileSync } from "node:fs";
import { webcrypto as crypto } from "node:crypto";
import assert from "node:assert/strict";

const [wasm, exec] = process.argv.slice(2);
globalThis.crypto ??= crypto;
(0, eval)(readFileSync(exec, "utf8"));
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject);
go.run(instance);
const api = globalThis.roundelE2EE;

const meetingId = "0190c8a5-1111-7222-8333-444455556666";
const meeting = api.newMeeting();
const { card, error } = api.signCard(meeting.hostFragment, { meetingId, version: 1, suite: 1 });
assert.equal(error, undefined);

let now = Date.now();
const service = { exists: false, epoch: 0, info: null };
const people = [];

async function join(self, fragment) {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const device = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const handle = api.open({ meetingId, self, name: "Name of " + self, device, card, fragment }, now);
  assert.equal(handle.error, undefined);
  const p = { self, pair, handle, content: [], sends: null };
  people.push(p);
  await tell(p, { type: "online" });
  return p;
}

async function tell(p, event) {
  p.handle.handle(now, event);
  await drain(p);
}

async function drain(p) {
  for (const e of p.handle.take()) await effect(p, e);
}

async function effect(p, e) {
  const others = people.filter((o) => o !== p);
  switch (e.type) {
    case "sign":
      return tell(p, { type: "signed", ref: e.ref, signature: new Uint8Array(await crypto.subtle.sign("Ed25519", p.pair.privateKey, e.message)) });
    case "fetch":
      return tell(p, { type: "groupState", exists: service.exists, epoch: service.epoch, info: service.info });
    case "open":
      assert(!service.exists);
      Object.assign(service, { exists: true, info: e.info });
      return tell(p, { type: "reply", ref: e.ref, accepted: true });
    case "commit":
      assert.equal(e.epoch, service.epoch);
      Object.assign(service, { epoch: e.epoch + 1, info: e.info });
      await tell(p, { type: "reply", ref: e.ref, accepted: true });
      for (const o of others) await tell(o, { type: "committed", epoch: e.epoch, from: p.self, commit: e.commit });
      return;
    case "post":
      for (const o of others)
        if (e.to.length === 0 || e.to.includes(o.self)) await tell(o, { type: "messages", messages: [{ from: p.self, message: e.message }] });
      return;
    case "send":
      p.sends = e;
      if (e.mode === "seal") await tell(p, { type: "mediaFlipped", epoch: e.epoch });
      return;
    case "epoch":
      assert.equal(e.base.length, 32);
      p.base = Buffer.from(e.base).toString("hex");
      return;
    case "content":
      p.content.push(e);
  }
}

async function pass(ms) {
  for (const end = now + ms; now < end; now += 10)
    for (const p of people) {
      const due = p.handle.next();
      if (due && due <= now) {
        p.handle.tick(now);
        await drain(p);
      }
    }
}

const host = await join("host", meeting.hostFragment);
await pass(500);
const guest = await join("guest", meeting.fragment);
await pass(1000);
for (const p of people) assert.equal(p.handle.view().phase, "in");
assert.equal(host.sends.mode, "clear");
assert.equal(host.handle.do(now, { type: "switchE2EE", on: true }), "");
await drain(host);
await pass(1000);
for (const p of people) {
  const v = p.handle.view();
  assert.equal(v.mode, "on");
  assert.equal(v.lock, true, JSON.stringify(v.doubts));
  assert.equal(p.sends.mode, "seal");
}
assert.equal(host.base, guest.base);
assert.deepEqual(host.handle.view().codes[0], guest.handle.view().codes[0]);
assert.equal(host.handle.do(now, { type: "sendChat", text: "hello", to: "guest" }), "");
await drain(host);
assert.equal(guest.content.at(-1).text, "hello");
assert.notEqual(guest.handle.do(now, { type: "switchE2EE", on: false }), "");
assert.notEqual(guest.handle.do(now, { type: "nonsense" }), "");
assert.equal(guest.handle.handle(now, { type: "committed", epoch: -1, commit: "no bytes" }), undefined);

// What the device remembers of others: met, verified, kept, forgotten.
const seen = () => host.handle.view().people.find((p) => p.id === "guest");
assert.deepEqual(seen().known, { seen: "new", like: "", as: "", verified: false });
assert.equal(host.handle.view().learns, true);
const met = host.handle.learn();
assert.equal(host.handle.view().learns, false);
assert.equal(seen().known.seen, "known");
assert.equal(host.handle.view().people.find((p) => p.self).known, undefined);
const verified = api.trust("verify", "Name of guest", seen().device);
assert.equal(seen().known.verified, true);
const other = new Uint8Array(32).fill(7);
assert.equal(api.trust("load", "", met), undefined);
assert.equal(seen().known.verified, false);
api.trust("forget", "", seen().device);
api.trust("remember", "Name of guest", other);
assert.equal(seen().known.seen, "changed");
api.trust("forget", "", other);
api.trust("remember", "Narne of guest", other);
assert.deepEqual(seen().known, { seen: "confused", like: "Narne of guest", as: "", verified: false });
api.trust("load", "", verified);
assert.deepEqual(api.trust("list", "", undefined).map((k) => [k.name, k.verified]), [["Name of guest", true]]);
assert.notEqual(api.trust("load", "", new Uint8Array([9])).error, undefined);
assert.equal(seen().known.verified, true, "what cannot be read changes nothing");
host.handle.close();
process.exit(0);
