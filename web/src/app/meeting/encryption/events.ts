import { t } from '../../../i18n/text';
import type { E2EEEvent } from '../../../room/model';
import { copyInvite } from '../invite';
import type { MeetingScreen } from '../screen';

/** Tells what happened to the meeting's encryption: a switch across the top, the rest as a line. */
export function tellEncryption(event: E2EEEvent, screen: MeetingScreen): void {
  const { notices } = screen;
  const { name } = event;
  switch (event.type) {
    case 'e2eeOn':
      return screen.showBanner({ text: event.own ? t('enc-said-on-own') : t('enc-said-on', { name }), tone: 'info' });
    case 'e2eeOff':
      return screen.showBanner({ text: event.own ? t('enc-said-off-own') : t('enc-said-off', { name }), tone: 'warn' });
    case 'e2eeEnded':
      return screen.showBanner({ text: t('enc-said-ended', { name }), tone: 'warn' });
    case 'linkChanged':
      return notices.show({
        key: 'link',
        text: event.own ? t('enc-said-link-own') : t('enc-said-link', { name }),
        actions: [{ label: t('copy-invite'), run: () => void copyInvite(screen) }],
      });
    case 'keyChanged':
      return askToVerify(event.participant, t('enc-said-key', { name }), screen);
    case 'nameConfusable':
      return askToVerify(event.participant, t('enc-said-like', { name, like: event.like }), screen);
    case 'personUnverified':
      return askToVerify(event.participant, t('enc-said-unverified', { name }), screen);
    case 'personConfirmed':
      notices.hide(verifyKey(event.participant));
      return notices.show({ key: 'confirmed', text: t('enc-said-confirmed', { name, by: event.by }) });
    case 'unsupportedRefused':
      return notices.show({ key: 'refused', tone: 'warn', text: t('enc-said-refused', { name }) });
  }
}

function askToVerify(id: string, text: string, screen: MeetingScreen): void {
  screen.notices.show({
    key: verifyKey(id),
    tone: 'warn',
    text,
    actions: [{ label: t('verify'), run: () => screen.openDialog({ name: 'verify', id }) }],
  });
}

/** The key of the line that asks to verify somebody. */
export function verifyKey(id: string): string {
  return `verify-${id}`;
}
