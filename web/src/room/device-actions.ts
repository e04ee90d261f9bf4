import type { GroupSettings, MachineView } from '../e2ee/mls';
import { Actions } from './actions';
import type { GroupRules, KnownPerson } from './e2ee-view';
import { reportOf, type MeetingGroup } from './group';
import { hex, knownOf, rulesOf } from './group-view';
import { RoundelError } from './model';

/**
 * What a person does about devices and about the rules that the group signs:
 * what this device remembers of others, who is a host, what may be changed.
 */
export abstract class DeviceActions extends Actions {
  protected abstract get group(): MeetingGroup | null;
  protected abstract readonly number: string;

  override confirmPerson(id: string): Promise<void> {
    return this.group?.do({ type: 'confirmPerson', id }) ?? super.confirmPerson(id);
  }

  override async confirmCode(epoch: number): Promise<void> {
    const { group } = this;
    if (!group) return super.confirmCode(epoch);
    try {
      await group.do({ type: 'confirmCode', epoch });
    } catch (error) {
      // The machine keeps the codes of two minutes.
      throw error instanceof RoundelError && error.code === 'not_allowed' ? new RoundelError('code_old', error.message) : error;
    }
  }

  override markVerified(id: string, verified: boolean): Promise<void> {
    return this.group?.trust(verified ? 'verify' : 'doubt', id) ?? super.markVerified(id, verified);
  }

  override rememberPerson(id: string): Promise<void> {
    return this.group?.trust('remember', id) ?? super.rememberPerson(id);
  }

  override async knownPeople(): Promise<KnownPerson[]> {
    return this.group ? knownOf(await this.group.known()) : super.knownPeople();
  }

  override async forgetPerson(key: string): Promise<void> {
    const { group } = this;
    if (!group) return super.forgetPerson(key);
    const known = (await group.known()).find(({ device }) => hex(device) === key);
    if (known) await group.forget(known.device);
  }

  override async setRules(rules: Partial<GroupRules>): Promise<void> {
    const { group } = this;
    if (!group) return super.setRules(rules);
    await this.configure(settingsOf(rules), (view) => holds(rules, rulesOf(view)));
    // The server has a lobby of its own, whose door members may open by the same rule.
    if (rules.admit !== undefined) await this.updateSettings({ membersAdmit: rules.admit === 'members' });
    // The server asks a host only while it knows that a host wants to be asked.
    const view = group.view;
    if (rules.offerToEnd !== undefined && view && view.mode !== 'off') await this.report(view);
  }

  override async hostLink(): Promise<string> {
    const { group } = this;
    if (!group) return super.hostLink();
    const fragment = await group.hostLink();
    return fragment === '' ? '' : `${location.origin}/j/${this.number}#${fragment}`;
  }

  /** Changes the signed state and waits until it says so. */
  protected async configure(settings: GroupSettings, done: (view: MachineView) => boolean): Promise<void> {
    await this.group?.order({ type: 'configure', ...settings }, 'settings', done);
  }

  /** Tells the server how the group has switched, so that it keeps out what cannot take part. */
  protected async report({ mode, epoch, offerToEnd }: MachineView): Promise<void> {
    await this.ask('e2ee.report', reportOf({ on: mode !== 'off' && mode !== 'unknown', epoch, offer: offerToEnd }));
  }
}

function settingsOf({ required, admit, takeover, offerToEnd }: Partial<GroupRules>): GroupSettings {
  // Whatever the screens offer: the machine knows nothing but false to true.
  if (required === false) throw new RoundelError('conflict', 'This cannot be undone.');
  return {
    ...(required ? { required } : {}),
    ...(admit ? { admit } : {}),
    ...(takeover === undefined ? {} : { takeover: takeover ? 'longest-present' : 'none' }),
    ...(offerToEnd === undefined ? {} : { unsupported: offerToEnd ? 'end-e2ee-and-notify' : 'refuse' }),
  };
}

function holds(wanted: Partial<GroupRules>, rules: GroupRules): boolean {
  return Object.entries(wanted).every(([name, value]) => rules[name as keyof GroupRules] === value);
}
