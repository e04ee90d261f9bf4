// What hosts and co-hosts do: lobby, lock, passcode, mute, ask, stop, remove and
// ban, hand over, end.
import { test, before, after } from 'node:test';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

let server, chromium, ada, ben;

before(async () => {
  server = await startServer();
  chromium = await openBrowser('chromium', server.ca);
  ada = await Person.open(chromium, server, 'Ada');
  await ada.claim();
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

test('lobby: knock, deny, admit; passcode; lock', async () => {
  const link = await ada.startMeeting();
  await ada.people();
  await ada.page.getByRole('switch', { name: 'Lobby' }).click();

  ben = await Person.open(chromium, server, 'Ben');
  await ben.join(link, { until: 'lobby' });
  await ada.button('Deny Ben').click();
  await ben.page.getByText('The host did not let you in').waitFor();

  const cleo = await Person.open(chromium, server, 'Cleo');
  await cleo.join(link, { until: 'lobby' });
  await ada.button('Admit Cleo').click();
  await cleo.inMeeting();
  await Promise.all([ada.seesAndHears(cleo), cleo.seesAndHears(ada)]);
  await cleo.close();
  await ben.close();

  await ada.page.getByRole('switch', { name: 'Lobby' }).click();
  await ada.more('Meeting settings');
  await ada.page.getByLabel('Passcode').fill('open sesame');
  await ada.button('Save').click();
  const dan = await Person.open(chromium, server, 'Dan');
  await dan.join(link, { passcode: 'wrong', until: 'refused' });
  await dan.page.getByText('That is not the passcode.').waitFor();
  await dan.page.getByLabel('Passcode').fill('open sesame');
  await dan.button('Join').click();
  await dan.inMeeting();
  await dan.close();

  await ada.people();
  await ada.page.getByRole('switch', { name: 'Lock meeting' }).click();
  const eve = await Person.open(chromium, server, 'Eve');
  await eve.open(link);
  await eve.page.getByText('This meeting is locked.').waitFor();
  await eve.enter({ passcode: 'open sesame', until: 'refused' });
  await eve.page.getByRole('heading', { name: 'This meeting is locked' }).waitFor();
  await eve.close();
  await endForAll(ada);
});

test('mute, ask to unmute, stop video, co-host, remove and ban', async () => {
  const link = await startAgain(ada);
  ben = await Person.open(chromium, server, 'Ben');
  await ben.join(link);
  await ada.seesAndHears(ben);

  await ada.act(ben, 'Mute');
  await ben.page.getByText('Ada muted you.').first().waitFor();
  await ada.hearsNot(ben);
  await ada.act(ben, 'Ask to unmute');
  await ben.page.getByText('Ada asks you to unmute.').first().waitFor();
  await ben.control('Unmute microphone').click();
  await ada.hears(ben);

  await ada.act(ben, 'Stop video');
  await ada.seesNot(ben);
  await ben.control('Turn camera on').click();
  await ada.sees(ben);

  const cleo = await Person.open(chromium, server, 'Cleo');
  await cleo.join(link);
  await ada.act(ben, 'Make co-host');
  await ben.page.getByText('You are a co-host now.').first().waitFor();
  await ben.act(cleo, 'Remove…');
  await ben.page.getByRole('dialog').getByText('Do not let them come back').click();
  await ben.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await cleo.page.getByRole('heading', { name: 'You are no longer in the meeting' }).waitFor();
  await cleo.open(link);
  await cleo.enter({ until: 'refused' });
  await cleo.page.getByText('You cannot come back to this meeting.').waitFor();
  await cleo.close();

  await ada.act(ben, 'Make host');
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Make host' }).click();
  await ben.page.getByText('You are the host now.').first().waitFor();
  await endForAll(ben);
  await ada.page.getByRole('heading', { name: 'The meeting has ended' }).waitFor();
  await ben.close();
});

test('three browsers: hands, reactions, spotlight, and late chat history', async () => {
  const link = await startAgain(ada);
  ben = await Person.open(chromium, server, 'Ben');
  await ben.join(link);
  await ada.hears(ben);
  await ada.says('Before Cleo came');
  const cleo = await Person.open(chromium, server, 'Cleo');
  await cleo.join(link);
  await cleo.reads('Before Cleo came');
  await Promise.all([cleo.seesAndHears(ada), cleo.seesAndHears(ben), ada.sees(cleo), ben.sees(cleo)]);

  await ben.control('Raise hand').click();
  await ada.page.getByText('Ben raised a hand.').first().waitFor({ state: 'attached' });
  await ada.people();
  await ada.page.getByRole('list', { name: 'People', exact: true }).getByLabel('Hand raised').first().waitFor();

  await cleo.control('Reactions').click();
  await cleo.button('Thumbs up').or(cleo.page.getByRole('menuitem', { name: 'Thumbs up' })).first().click();
  await ada.page.getByText('Cleo reacted with 👍.').first().waitFor({ state: 'attached' });

  await ada.act(cleo, 'Spotlight for everyone');
  await until('Cleo is large on Ben’s screen', async () => {
    const v = await ben.page.locator(`[data-kind=camera]:has(video[aria-label="Video of Cleo"])`).boundingBox();
    const w = await ben.page.locator(`[data-kind=camera]:has(video[aria-label="Video of Ada"])`).boundingBox();
    return v && w && v.width * v.height > 3 * w.width * w.height;
  });
  await Promise.all([ben.close(), cleo.close()]);
  await endForAll(ada);
});

/** Back to the start page and into a new meeting. */
async function startAgain(person) {
  await person.page.goto(server.url);
  return person.startMeeting();
}

async function endForAll(person) {
  await person.control('Leave').click();
  await person.page.getByRole('menuitem', { name: 'End for everyone' }).click();
  await person.page.getByRole('dialog').getByRole('button', { name: 'End for everyone' }).click();
  await person.page.getByRole('heading', { name: 'The meeting has ended' }).waitFor();
}
