import { t } from '../../i18n/text';
import { copyText } from '../../ui/copy';
import type { MeetingScreen } from './screen';

/** Copies the invitation link and says so; shows the link where copying is refused. */
export async function copyInvite(screen: MeetingScreen): Promise<void> {
  const link = screen.inviteLink();
  const done = await copyText(link);
  screen.notices.show({ key: 'copy', text: done ? t('link-copied') : link });
}
