import { t } from '../../i18n/text';
import type { CaptureProblem, MeetingEvent } from '../../room/model';
import { tellEncryption } from './encryption/events';
import { knockKey, type MeetingScreen } from './screen';

/** Tells the person what happened: a line on the screen, or a word to the screen reader only. */
export function tell(event: MeetingEvent, screen: MeetingScreen): void {
  const { notices, meeting } = screen;
  switch (event.type) {
    case 'joined':
      return notices.say(t('say-joined', { name: event.name }));
    case 'left':
      return notices.say(t(leftWords[event.reason], { name: event.name }));
    case 'chat':
      return tellChat(event, screen);
    case 'reaction':
      return notices.say(t('say-reaction', { name: event.name, emoji: event.emoji }));
    case 'handRaised':
      return notices.show({ key: `hand-${event.participant}`, text: t('say-hand', { name: event.name }) });
    case 'knock':
      return notices.show({
        key: knockKey(event.id),
        text: t('notice-knock', { name: event.name }),
        actions: [
          { label: t('admit'), run: () => screen.attempt(meeting.admit(event.id)) },
          { label: t('view'), run: () => screen.openPanel('people') },
        ],
      });
    case 'muted':
      return notices.show({ key: 'muted', tone: 'warn', text: t(mutedWords[event.kind], { name: event.byName }) });
    case 'askedToUnmute':
      return notices.show({
        key: 'asked',
        text: t('notice-asked', { name: event.byName }),
        actions: [{ label: t('mic-on'), run: () => screen.attempt(meeting.setMic(true)) }],
      });
    case 'roleChanged':
      if (event.own) notices.show({ key: 'role', text: t(event.role === 'cohost' ? 'notice-cohost' : 'notice-not-cohost') });
      return;
    case 'hostChanged':
      return notices.show({ key: 'host', text: event.own ? t('notice-host-you') : t('notice-host', { name: event.name }) });
    case 'screenStarted':
      return notices.say(t('say-screen-started', { name: event.name }));
    case 'screenStopped':
      return notices.say(t('say-screen-stopped', { name: event.name }));
    case 'settingsChanged':
      return notices.say(t('say-settings'));
    case 'connectionLost':
      return notices.say(t('banner-reconnecting'));
    case 'connectionBack':
      return notices.show({ key: 'connection', text: t('notice-back') });
    case 'deviceChanged':
      return notices.show({
        key: `device-${event.kind}`,
        text: event.label ? t(deviceWords[event.kind], { label: event.label }) : t('device-gone'),
      });
    case 'captureFailed': {
      const text = captureText(event.kind, event.reason);
      if (text) notices.show({ key: `capture-${event.kind}`, tone: 'warn', text });
      return;
    }
    default:
      return tellEncryption(event, screen);
  }
}

function tellChat(event: Extract<MeetingEvent, { type: 'chat' }>, screen: MeetingScreen): void {
  const { message } = event;
  if (message.own || screen.ui.current.panel === 'chat') return;
  const words = message.file ? (message.to ? 'notice-file-private' : 'notice-file') : message.to ? 'notice-chat-private' : 'notice-chat';
  screen.notices.show({
    key: 'chat',
    text: t(words, { name: message.name, text: shorten(message.file?.name ?? message.text) }),
    actions: [{ label: t('view'), run: () => screen.openPanel('chat') }],
  });
}

const leftWords = { left: 'say-left', removed: 'say-removed', lost: 'say-lost', e2ee: 'enc-said-left' } as const;

const mutedWords = {
  mic: 'notice-muted',
  camera: 'notice-camera-stopped',
  screen: 'notice-screen-stopped',
  screenAudio: 'notice-screen-stopped',
} as const;

const deviceWords = { mic: 'device-mic', camera: 'device-camera', speaker: 'device-speaker' } as const;

const captureWords: Record<'mic' | 'camera' | 'screen', Record<CaptureProblem, string>> = {
  mic: problems('capture-mic-denied', 'capture-mic-missing', 'capture-mic-busy'),
  camera: problems('capture-camera-denied', 'capture-camera-missing', 'capture-camera-busy'),
  screen: { ...problems('capture-screen-denied', 'capture-screen-failed', 'capture-screen-failed'), dismissed: '' },
};

function problems(denied: string, missing: string, busy: string): Record<CaptureProblem, string> {
  return {
    denied,
    dismissed: denied,
    notFound: missing,
    inUse: busy,
    insecure: 'capture-insecure',
    overconstrained: busy,
    unsupported: 'capture-unsupported',
    unknown: busy,
  };
}

/** Why there is no picture or sound, in one sentence; "" when the person simply closed a chooser. */
export function captureText(kind: 'mic' | 'camera' | 'screen', reason: CaptureProblem): string {
  const id = captureWords[kind][reason];
  return id ? t(id) : '';
}

function shorten(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
