/** Half a second of a soft chord on one loudspeaker, so that a person hears that it works. */
export async function testTone(speaker: string): Promise<void> {
  const context = new AudioContext();
  const stream = context.createMediaStreamDestination();
  const loudness = context.createGain();
  loudness.connect(stream);
  loudness.gain.setValueAtTime(0, context.currentTime);
  loudness.gain.linearRampToValueAtTime(0.15, context.currentTime + 0.05);
  loudness.gain.linearRampToValueAtTime(0, context.currentTime + 0.5);
  for (const frequency of [440, 554.4, 659.3]) {
    const voice = context.createOscillator();
    voice.frequency.value = frequency;
    voice.connect(loudness);
    voice.start();
    voice.stop(context.currentTime + 0.5);
  }
  const element = new Audio();
  element.srcObject = stream.stream;
  try {
    await setSpeaker(element, speaker);
    await element.play();
    await new Promise((resolve) => setTimeout(resolve, 600));
  } finally {
    element.srcObject = null;
    await context.close();
  }
}

/** Plays an element on a loudspeaker where the browser can choose; falls back to its default device. */
export async function setSpeaker(element: HTMLMediaElement, speaker: string): Promise<void> {
  if (!('setSinkId' in element)) return;
  try {
    await element.setSinkId(speaker);
  } catch {
    // The remembered loudspeaker is gone.
    if (speaker !== '') await element.setSinkId('').catch(() => undefined);
  }
}
