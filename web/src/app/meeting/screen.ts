import { problemText } from '../../i18n/problem';
import type { Devices, Meeting } from '../../room/model';
import { Store } from '../../room/store';
import { Notices } from '../../ui/notices';
import type { PreferenceStore } from '../../settings/preferences';
import { Staged } from './chat/staged';
import type { LayoutMode } from './stage/layout';

export type PanelName = 'none' | 'chat' | 'people' | 'network';

export type DialogName =
  | { name: 'none' | 'settings' | 'meeting' | 'shortcuts' | 'rename' | 'shield' | 'endAll' | 'turnOn' | 'turnOff' | 'hostLink' }
  | { name: 'remove' | 'transfer' | 'verify'; id: string };

/** The key of the line that somebody waits in the lobby. */
export function knockKey(id: string): string {
  return `knock-${id}`;
}

/** What this person has open; nothing of it crosses the wire. */
export interface ScreenState {
  panel: PanelName;
  dialog: DialogName;
  mode: LayoutMode;
  pinned: string;
  page: number;
  /** participant id that the next chat message goes to, or "" for everyone */
  chatTo: string;
  /** who switched the encryption, said to all; null when it was seen */
  banner: Banner | null;
}

/** A line across the top; `warn` stays until it is dismissed. */
export interface Banner {
  text: string;
  tone: 'info' | 'warn';
}

/** How long a banner without a warning stays, ms. */
const BANNER_STAYS = 10_000;

/** The meeting's screen: which panels are open, and every action with its failure told. */
export class MeetingScreen {
  readonly ui = new Store<ScreenState>({
    panel: 'none',
    dialog: { name: 'none' },
    mode: 'grid',
    pinned: '',
    page: 0,
    chatTo: '',
    banner: null,
  });
  /** files for the next chat message */
  readonly staged = new Staged();
  private bannerTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly meeting: Meeting,
    readonly devices: Devices,
    readonly preferences: PreferenceStore,
    readonly notices: Notices = new Notices(),
    readonly origin: string = location.origin,
  ) {}

  togglePanel(panel: 'chat' | 'people'): void {
    this.openPanel(this.ui.current.panel === panel ? 'none' : panel);
  }

  openPanel(panel: PanelName): void {
    this.change({ panel });
    this.meeting.setChatOpen(panel === 'chat');
  }

  openDialog(dialog: DialogName): void {
    this.change({ dialog });
  }

  closeDialog(): void {
    this.change({ dialog: { name: 'none' } });
  }

  setMode(mode: LayoutMode): void {
    this.change({ mode, pinned: '', page: 0 });
  }

  setPage(page: number): void {
    this.change({ page });
  }

  togglePin(key: string): void {
    this.change({ pinned: this.ui.current.pinned === key ? '' : key, page: 0 });
  }

  /** Opens the chat with the next message going to one person, or "" for everyone. */
  chatWith(id: string): void {
    this.change({ chatTo: id });
    this.openPanel('chat');
  }

  toggleMic(): void {
    const { mic } = this.meeting.state.current.self;
    const on = mic.state !== 'on' && mic.state !== 'starting';
    this.preferences.set({ micOn: on });
    this.attempt(this.meeting.setMic(on));
  }

  toggleCamera(): void {
    const { camera } = this.meeting.state.current.self;
    const on = camera.state !== 'on' && camera.state !== 'starting';
    this.preferences.set({ cameraOn: on });
    this.attempt(this.meeting.setCamera(on));
  }

  toggleScreen(): void {
    const { screen, canShareScreen } = this.meeting.state.current.self;
    if (screen.state === 'on') this.attempt(this.meeting.stopScreen());
    else if (canShareScreen) this.attempt(this.meeting.startScreen());
  }

  toggleHand(): void {
    const { self, participants } = this.meeting.state.current;
    const up = participants.find((p) => p.id === self.id)?.hand != null;
    this.attempt(this.meeting.raiseHand(!up));
  }

  /** Takes away the lines whose question has been settled elsewhere. */
  settleNotices(): void {
    const { waiting, self } = this.meeting.state.current;
    const open = new Set(waiting.map((person) => knockKey(person.id)));
    for (const { key } of this.notices.list.current) {
      if (key.startsWith(knockKey('')) && !open.has(key)) this.notices.hide(key);
    }
    if (self.mic.state !== 'on') return;
    this.notices.hide('asked');
    this.notices.hide('muted');
  }

  /** Says across the top what happened to everyone, in place of an earlier banner. */
  showBanner(banner: Banner): void {
    this.change({ banner });
    this.notices.say(banner.text);
    clearTimeout(this.bannerTimer);
    if (banner.tone === 'info') this.bannerTimer = setTimeout(() => this.hideBanner(), BANNER_STAYS);
  }

  hideBanner(): void {
    clearTimeout(this.bannerTimer);
    this.change({ banner: null });
  }

  /** The invitation that others open. */
  inviteLink(): string {
    return `${this.origin}/j/${this.meeting.state.current.room?.number ?? ''}`;
  }

  /** Waits for an action and tells the person when it failed. */
  attempt(action: Promise<unknown>): void {
    action.catch((error: unknown) => this.notices.show({ key: 'problem', text: problemText(error), tone: 'warn' }));
  }

  private change(change: Partial<ScreenState>): void {
    this.ui.update((old) => ({ ...old, ...change }));
  }
}
