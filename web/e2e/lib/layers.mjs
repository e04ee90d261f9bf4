// What a journey about layers reads in the pages.

/** From now on notes by how much the counter in the other's picture grows from one shown picture to the next. */
export function follow(person, other) {
  return person.page.evaluate((label) => {
    const seen = (window.__followed = { pictures: 0, jumps: [] });
    let last = null;
    const step = (video) => {
      const picture = window.readVideo(video);
      if (picture) {
        seen.pictures += 1;
        if (last !== null && picture.counter !== last) seen.jumps.push(((picture.counter - last + 0x18000) & 0xffff) - 0x8000);
        last = picture.counter;
      }
      video.requestVideoFrameCallback(() => step(video));
    };
    const followed = new WeakSet();
    setInterval(() => {
      const video = document.querySelector(`video[aria-label="${label}"]`);
      if (!video || followed.has(video)) return;
      followed.add(video);
      video.requestVideoFrameCallback(() => step(video));
    }, 50);
  }, `Video of ${other.name}`);
}

/** The width of the picture that is decoded now. */
export function received(person) {
  return person.page.evaluate(async () => {
    for (const pc of window.__e2e.connections)
      for (const s of (await pc.getStats()).values()) if (s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0) return s.frameWidth;
    return 0;
  });
}

/** In the page: how many pictures of each layer were sent. */
export async function layersSent() {
  const layers = {};
  for (const pc of window.__e2e.connections)
    for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp' && s.kind === 'video' && s.rid && s.framesSent > 0) layers[s.rid] = s.framesSent;
  return Object.fromEntries(Object.entries(layers).sort());
}

/** The RIDs of the layers of which pictures leave within a second. */
export async function sent(person) {
  const before = await person.page.evaluate(layersSent);
  await new Promise((ok) => setTimeout(ok, 1000));
  const after = await person.page.evaluate(layersSent);
  return Object.keys(after).filter((rid) => after[rid] > (before[rid] ?? 0)).join('');
}
