import { MaxChat } from '../api/wire';
import { DeviceActions } from './device-actions';
import type { MeetingGroup } from './group';
import { knocksOf } from './group-view';
import { RoundelError, type E2EEStop, type InviteLink, type Reaction, type SettingsPatch } from './model';

/**
 * What a person does in a meeting that has a group: while encryption is on,
 * content goes through the group and never to the server in clear. Before this
 * device knows whether it is on, content goes nowhere.
 */
export abstract class GroupActions extends DeviceActions {
  /** A right that the server gives is one in the group only when a host there gives it too. */
  protected abstract entitle(id: string, host: boolean): void;
  /** The offer to end encryption for somebody is answered. */
  protected abstract settleOffer(id: string, ended: boolean): void;
  /** Somebody is let in who may not have knocked at the group yet. */
  protected abstract expect(id: string): void;
  /** Shows what this person has sent; the group does not send it back. */
  protected abstract sent(content: { kind: 'chat' | 'reaction'; text: string; to: string }): void;

  override async sendChat(text: string, to = ''): Promise<void> {
    const trimmed = text.trim();
    const group = await this.soon();
    if (!group) return super.sendChat(trimmed, to);
    if (trimmed === '') return;
    if ([...trimmed].length > MaxChat) throw new RoundelError('too_large', 'The message is too long.');
    await group.do({ type: 'sendChat', text: trimmed, to });
    this.sent({ kind: 'chat', text: trimmed, to });
  }

  override async react(emoji: Reaction): Promise<void> {
    const group = await this.soon();
    if (!group) return super.react(emoji);
    await group.do({ type: 'sendReaction', text: emoji });
    this.sent({ kind: 'reaction', text: emoji, to: '' });
  }

  override async raiseHand(up: boolean): Promise<void> {
    const group = await this.soon();
    if (!group) return super.raiseHand(up);
    await group.do({ type: 'raiseHand', up });
  }

  override async admit(id = ''): Promise<void> {
    const { group } = this;
    const waiting = this.knocks(id).filter(({ banned }) => !banned);
    if (group?.view?.canAdmit && waiting.length === 0) this.expect(id);
    if (!group || waiting.length === 0) return super.admit(id);
    // The commit lets in those of the lobby as well.
    for (const one of waiting) await group.do({ type: 'admitKnock', id: one.id });
    if (id === '') await super.admit();
  }

  override async deny(id = ''): Promise<void> {
    // Who has a seat already is not in the server's lobby.
    const seated = this.knocks(id).filter(({ lobby }) => !lobby);
    for (const one of seated) await super.remove(one.id);
    if (id === '' || seated.length === 0) await super.deny(id);
  }

  override async remove(id: string, options: { ban?: boolean } = {}): Promise<void> {
    const ban = options.ban ?? false;
    const member = this.group?.view?.people.some((person) => person.id === id && person.inTree);
    // Without a host's right in the group only the server acts; the members then remove who has gone.
    if (member) await this.group?.do({ type: 'removePerson', id, ban: ban && (this.group.view?.host ?? false) });
    await super.remove(id, options);
  }

  override async setRole(id: string, role: 'cohost' | 'participant'): Promise<void> {
    await super.setRole(id, role);
    this.entitle(id, role === 'cohost');
  }

  override async transferHost(id: string): Promise<void> {
    this.entitle(id, true);
    await super.transferHost(id);
  }

  override async updateSettings(patch: SettingsPatch): Promise<void> {
    const { lobby, locked, takeover } = patch;
    if (this.group?.view?.host && (lobby !== undefined || locked !== undefined)) {
      await this.group.do({ type: 'configure', ...(lobby === undefined ? {} : { lobby }), ...(locked === undefined ? {} : { locked }) });
    }
    if (this.group?.view?.host && takeover !== undefined) await this.setRules({ takeover });
    await super.updateSettings(patch);
  }

  override async previewE2EE(): Promise<E2EEStop[]> {
    if (!this.group) return super.previewE2EE();
    const { stops } = await this.ask('e2ee.preview', {});
    return stops.map(({ kind, name, since }) => ({ kind, name, since: Date.parse(since) }));
  }

  override async setE2EE(on: boolean): Promise<void> {
    const { group } = this;
    if (!group) return super.setE2EE(on);
    if (!on && group.view?.required) throw new RoundelError('required', 'A host has set that encryption cannot be turned off in this meeting.');
    // What cannot be encrypted ends first; then the group switches; then the server is told.
    if (on) await this.ask('e2ee.prepare', {});
    await group.order({ type: 'switchE2EE', on }, on ? 'switch on' : 'switch off', ({ mode }) => (on ? mode === 'turningOn' || mode === 'on' : mode === 'off'));
    if (group.view) await this.report(group.view);
  }

  override async answerOffer(id: string, end: boolean): Promise<void> {
    if (!this.group) return super.answerOffer(id, end);
    // Whoever waits for the end is let in by the report of it.
    if (end) await this.setE2EE(false);
    else await super.deny(id);
    this.settleOffer(id, end);
  }

  override async inviteLink(): Promise<InviteLink> {
    const { group } = this;
    if (!group) return super.inviteLink();
    const url = `${location.origin}/j/${this.number}`;
    const fragment = group.invite;
    return { url: fragment ? `${url}#${fragment}` : url, secret: fragment !== '' };
  }

  /** Those who knock and have to be let in by hand; id "" for all. */
  private knocks(id: string) {
    return knocksOf(this.group?.view ?? null).filter((one) => id === '' || one.id === id);
  }

  /** The group when content is to go through it, null when the meeting is in clear; throws when that is not known. */
  protected through(): MeetingGroup | null {
    const { group } = this;
    if (!group || group.clear) return null;
    if (!group.sealed) throw new RoundelError('unanswered', 'Nobody has answered yet.');
    return group;
  }

  /** As through(), with a little patience right after somebody has come. */
  private async soon(): Promise<MeetingGroup | null> {
    await this.group?.answered();
    return this.through();
  }

  /** Whether a file goes through the group now; throws when that is not known, or when it could not be offered to them. */
  protected sealing(to: string): boolean {
    const group = this.through();
    if (!group) return false;
    if (group.view?.sending === 'hold') throw new RoundelError('unanswered', 'Nobody has answered yet.');
    if (to && !group.view?.people.some((person) => person.id === to && person.inTree)) throw new RoundelError('not_found', 'They are not in the group.');
    return true;
  }
}
