// Stories that need a click: what to open before looking.
const click = (role, name) => (page) => page.getByRole(role, { name }).first().click();
const shield = (page) => page.locator('[data-shield]').first().click();
const panelEnd = async (page) => {
  await shield(page);
  await page.locator('#shield-table').scrollIntoViewIfNeeded();
  await page.mouse.wheel(0, 400);
};
const compare = async (page) => {
  await shield(page);
  await page.getByRole('button', { name: 'Compare' }).click({ timeout: 5000 });
};

export const actions = {
  'shield-check': { story: 'meeting-5', run: shield },
  'shield-exclamation': { story: 'meeting-weak', run: shield },
  'shield-doubt': { story: 'meeting-doubt', run: shield },
  'shield-home': { story: 'home-guest', run: shield },
  'menu-more': { story: 'meeting-3', run: click('button', 'More') },
  'menu-leave': { story: 'meeting-3', run: click('button', 'Leave') },
  'menu-person': { story: 'meeting-people', run: click('button', 'Actions for Katherine Johnson, list') },
  'menu-account': { story: 'home-owner', run: click('button', 'Account of') },
  'e2ee-panel-lock': { story: 'e2ee-lock', run: shield },
  'e2ee-panel-off': { story: 'e2ee-off', run: shield },
  'e2ee-panel-changing': { story: 'e2ee-changing', run: shield },
  'e2ee-panel-exceptions': { story: 'e2ee-exceptions', run: shield },
  'e2ee-panel-self': { story: 'e2ee-self-unverified', run: shield },
  'e2ee-panel-doubt': { story: 'e2ee-doubt-silent', run: shield },
  'e2ee-panel-table': { story: 'e2ee-exceptions', run: panelEnd },
  'e2ee-panel-verify': {
    story: 'e2ee-exceptions',
    run: async (page) => {
      await shield(page);
      await page.getByRole('button', { name: 'Verify Katherine Johnson' }).first().click({ timeout: 5000 });
      await page.getByRole('heading', { name: 'Verify Katherine Johnson' }).waitFor({ timeout: 5000 });
    },
  },
  'e2ee-panel-known-device': { story: 'e2ee-known-device', run: shield },
  'e2ee-panel-known': {
    story: 'e2ee-known-device',
    run: async (page) => {
      await shield(page);
      await page.getByText('Devices that this one remembers').click({ timeout: 5000 });
      await page.locator('[data-known] li').last().scrollIntoViewIfNeeded();
    },
  },
  'e2ee-settings-ask': {
    story: 'e2ee-settings',
    run: async (page) => {
      await page.getByRole('switch', { name: 'Encryption cannot be turned off' }).click({ timeout: 5000 });
      await page.getByRole('button', { name: 'Keep encryption on' }).scrollIntoViewIfNeeded({ timeout: 5000 });
    },
  },
  'e2ee-compare': { story: 'e2ee-lock', run: compare },
  'e2ee-compare-differs': {
    story: 'e2ee-lock',
    run: async (page) => {
      await compare(page);
      await page.getByRole('button', { name: 'It differs' }).click({ timeout: 5000 });
      await page.getByText('Earlier codes').last().click({ timeout: 5000 });
      await page.getByText('How to compare').click({ timeout: 5000 });
    },
  },
  'e2ee-home-on': {
    story: 'e2ee-home',
    run: async (page) => {
      await page.getByRole('switch', { name: 'Start end-to-end encrypted' }).click({ timeout: 5000 });
      await page.getByRole('switch', { name: 'Keep it on' }).waitFor({ timeout: 5000 });
    },
  },
  'e2ee-menu': { story: 'e2ee-off', run: click('button', 'More') },
  'e2ee-menu-on': { story: 'e2ee-lock', run: click('button', 'More') },
  'e2ee-menu-guest': { story: 'e2ee-guest', run: click('button', 'More') },
  'e2ee-menu-plan': { story: 'e2ee-plan', run: click('button', 'More') },
  'e2ee-menu-person': { story: 'e2ee-people', run: click('button', 'Actions for Katherine Johnson, list') },
  'files-staged': {
    story: 'files-chat',
    run: (page) =>
      page.locator('input[type=file]').setInputFiles([
        { name: 'plan.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(48_000) },
        { name: 'A rather long name of a picture that somebody has pasted here.png', mimeType: 'image/png', buffer: Buffer.alloc(3_000) },
      ]),
  },
  'files-dragged': {
    story: 'meeting-3',
    run: (page) =>
      page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'plan.pdf'));
        document.body.dispatchEvent(new DragEvent('dragenter', { bubbles: true, dataTransfer }));
      }),
  },
  'claim-errors': {
    story: 'claim',
    run: async (page) => {
      await page.getByLabel('Your name').fill('Ada');
      await page.getByLabel('Password', { exact: true }).fill('short');
      await page.getByRole('button', { name: 'Become the owner' }).click();
    },
  },
};

/** A menu that was used must leave the page usable. */
actions['menu-used'] = {
  story: 'meeting-people',
  run: async (page) => {
    for (const item of ['Mute', 'Private message']) {
      await page.getByRole('button', { name: 'Actions for Grace Hopper, list' }).click({ timeout: 5000 });
      await page.getByRole('menuitem', { name: item, exact: true }).click({ timeout: 5000 });
    }
    await page.getByRole('log').waitFor({ timeout: 5000 });
  },
};
