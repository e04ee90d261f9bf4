import type { ParticipantView, SelfView } from '../../../room/model';
import { personOf } from '../encryption/view';
import type { MeetingScreen } from '../screen';

/** One thing that can be done about a person. */
export interface PersonAction {
  id:
    | 'chat' | 'rename' | 'verify' | 'mute' | 'askUnmute' | 'stopVideo' | 'stopScreen' | 'lowerHand'
    | 'spotlight' | 'unspotlight' | 'cohost' | 'uncohost' | 'transfer' | 'remove';
  /** id of its words */
  text: string;
  danger: boolean;
  run: () => void;
}

/** What this person may do about another one (or about themselves) now, in the order of a menu. */
export function personActions(person: ParticipantView, self: SelfView, screen: MeetingScreen): PersonAction[] {
  const { meeting } = screen;
  const { id } = person;
  const spotlit = meeting.state.current.room?.spotlight === id;
  const list: (PersonAction | false)[] = [
    !person.self && action('chat', 'action-chat', () => screen.chatWith(id)),
    person.self && action('rename', 'action-rename', () => screen.openDialog({ name: 'rename' })),
    !person.self && inGroup(id, screen) && action('verify', 'action-verify', () => screen.openDialog({ name: 'verify', id })),
  ];
  if (self.moderates) {
    const act = (promise: Promise<void>) => screen.attempt(promise);
    // As the server's rules: a co-host does not stop the host, nor remove another co-host.
    const stops = !person.self && (self.role === 'host' || person.role !== 'host');
    list.push(
      stops && person.live.mic && action('mute', 'action-mute', () => act(meeting.mute(id))),
      !person.self && !person.live.mic && action('askUnmute', 'action-ask-unmute', () => act(meeting.askUnmute(id))),
      stops && person.live.camera && action('stopVideo', 'action-stop-video', () => act(meeting.stopVideo(id))),
      stops && person.live.screen && action('stopScreen', 'action-stop-screen', () => act(meeting.stopScreenOf(id))),
      person.hand !== null && action('lowerHand', 'action-lower-hand', () => act(meeting.lowerHand(id))),
      spotlit
        ? action('unspotlight', 'action-unspotlight', () => act(meeting.spotlight('')))
        : action('spotlight', 'action-spotlight', () => act(meeting.spotlight(id))),
    );
  }
  if (self.role === 'host' && !person.self) {
    list.push(
      person.role === 'cohost'
        ? action('uncohost', 'action-uncohost', () => screen.attempt(meeting.setRole(id, 'participant')))
        : action('cohost', 'action-cohost', () => screen.attempt(meeting.setRole(id, 'cohost'))),
      action('transfer', 'action-transfer', () => screen.openDialog({ name: 'transfer', id })),
    );
  }
  if (!person.self && (self.role === 'host' || (self.role === 'cohost' && person.role === 'participant'))) {
    list.push({ ...action('remove', 'action-remove', () => screen.openDialog({ name: 'remove', id })), danger: true });
  }
  return list.filter((entry): entry is PersonAction => entry !== false);
}

function inGroup(id: string, screen: MeetingScreen): boolean {
  return personOf(id, screen.meeting.state.current.e2ee)?.inTree ?? false;
}

function action(id: PersonAction['id'], text: string, run: () => void): PersonAction {
  return { id, text, run, danger: false };
}
