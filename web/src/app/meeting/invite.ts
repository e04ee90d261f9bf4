import { problemText } from '../../i18n/problem';
import { t } from '../../i18n/text';
import { copyText } from '../../ui/copy';
import type { MeetingScreen } from './screen';

/** Copies the invitation link and says so; shows the link where copying is refused. */
export async function copyInvite(screen: MeetingScreen): Promise<void> {
  try {
    const { url, words } = await invitation(screen);
    const done = await copyText(url);
    screen.notices.show({ key: 'copy', text: done ? t(words) : url });
  } catch (error) {
    screen.notices.show({ key: 'copy', text: problemText(error), tone: 'warn' });
  }
}

/** With a group the link carries the meeting's secret, if this device has it. */
async function invitation(screen: MeetingScreen): Promise<{ url: string; words: string }> {
  const { meeting } = screen;
  if (!meeting.state.current.e2ee) return { url: screen.inviteLink(), words: 'link-copied' };
  const { url, secret } = await meeting.inviteLink();
  return { url, words: secret ? 'link-copied-secret' : 'link-copied-plain' };
}
