import { ChannelChat, ChannelReaction, MaxChat, type ReplyBody, type RequestBody, type RequestType } from '../api/wire';
import { RoundelError, type E2EEStop, type GroupRules, type InviteLink, type KnownPerson, type Reaction, type SettingsPatch } from './model';

/** What a person does to the meeting that is one request each. */
export abstract class Actions {
  /** Sends one request; rejects with a RoundelError. */
  protected abstract ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>>;

  private async tell<T extends RequestType>(type: T, body: RequestBody<T>): Promise<void> {
    await this.ask(type, body);
  }

  async sendChat(text: string, to?: string): Promise<void> {
    const trimmed = text.trim();
    if (trimmed === '') return;
    if ([...trimmed].length > MaxChat) throw new RoundelError('too_large', 'The message is too long.');
    await this.tell('relay.send', { channel: ChannelChat, ...(to ? { to } : {}), payload: { text: trimmed } });
  }

  react(emoji: Reaction): Promise<void> {
    return this.tell('relay.send', { channel: ChannelReaction, payload: { emoji } });
  }

  raiseHand(up: boolean): Promise<void> {
    return this.tell('self.hand', { up });
  }

  admit(id = ''): Promise<void> {
    return this.tell('lobby.admit', { id });
  }

  deny(id = ''): Promise<void> {
    return this.tell('lobby.deny', { id });
  }

  mute(id: string): Promise<void> {
    return this.tell('participant.mute', { id, kind: 'mic' });
  }

  muteAll(): Promise<void> {
    return this.tell('participant.muteAll', {});
  }

  askUnmute(id: string): Promise<void> {
    return this.tell('participant.askUnmute', { id });
  }

  stopVideo(id: string): Promise<void> {
    return this.tell('participant.mute', { id, kind: 'camera' });
  }

  async stopScreenOf(id: string): Promise<void> {
    await Promise.all([
      this.tell('participant.mute', { id, kind: 'screen' }),
      this.tell('participant.mute', { id, kind: 'screenAudio' }),
    ]);
  }

  lowerHand(id: string): Promise<void> {
    return this.tell('participant.lowerHand', { id });
  }

  remove(id: string, options: { ban?: boolean } = {}): Promise<void> {
    return this.tell('participant.remove', { id, ban: options.ban ?? false });
  }

  setRole(id: string, role: 'cohost' | 'participant'): Promise<void> {
    return this.tell('participant.role', { id, role });
  }

  transferHost(id: string): Promise<void> {
    return this.tell('host.transfer', { id });
  }

  updateSettings(patch: SettingsPatch): Promise<void> {
    return this.tell('room.settings', patch);
  }

  spotlight(id: string): Promise<void> {
    return this.tell('room.spotlight', { id });
  }

  endForAll(): Promise<void> {
    return this.tell('room.end', {});
  }

  // The group's part. A meeting without a group has none of it.

  previewE2EE(): Promise<E2EEStop[]> {
    return noGroup();
  }

  setE2EE(_on: boolean): Promise<void> {
    return noGroup();
  }

  confirmPerson(_id: string): Promise<void> {
    return noGroup();
  }

  markVerified(_id: string, _verified: boolean): Promise<void> {
    return noGroup();
  }

  rememberPerson(_id: string): Promise<void> {
    return noGroup();
  }

  knownPeople(): Promise<KnownPerson[]> {
    return noGroup();
  }

  forgetPerson(_key: string): Promise<void> {
    return noGroup();
  }

  setRules(_rules: Partial<GroupRules>): Promise<void> {
    return noGroup();
  }

  hostLink(): Promise<string> {
    return noGroup();
  }

  confirmCode(_epoch: number): Promise<void> {
    return noGroup();
  }

  answerOffer(_id: string, _end: boolean): Promise<void> {
    return noGroup();
  }

  inviteLink(): Promise<InviteLink> {
    return noGroup();
  }
}

function noGroup(): Promise<never> {
  return Promise.reject(new RoundelError('unsupported', 'This meeting has no end-to-end encryption.'));
}
