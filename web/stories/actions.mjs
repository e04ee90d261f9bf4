// Stories that need a click: what to open before looking.
const click = (role, name) => (page) => page.getByRole(role, { name }).first().click();
const shield = (page) => page.locator('[data-shield]').first().click();

export const actions = {
  'shield-check': { story: 'meeting-5', run: shield },
  'shield-exclamation': { story: 'meeting-weak', run: shield },
  'shield-doubt': { story: 'meeting-doubt', run: shield },
  'shield-home': { story: 'home-guest', run: shield },
  'menu-more': { story: 'meeting-3', run: click('button', 'More') },
  'menu-leave': { story: 'meeting-3', run: click('button', 'Leave') },
  'menu-person': { story: 'meeting-people', run: click('button', 'Actions for Katherine Johnson, list') },
  'menu-account': { story: 'home-owner', run: click('button', 'Account of') },
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
