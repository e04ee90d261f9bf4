import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplyBody, RequestBody, RequestType } from '../api/wire';
import type { MachineView } from '../e2ee/mls';
import { knock, machineView, member } from './fake-keeper';
import type { MeetingGroup } from './group';
import { GroupActions } from './group-actions';

/** A meeting whose server and group only remember. */
class Played extends GroupActions {
  readonly number = '0123456789';
  readonly asked: [type: string, body: unknown][] = [];
  readonly shown: unknown[] = [];
  readonly expected: string[] = [];
  /** what was done, in its order, by whom */
  readonly order: string[] = [];
  view: MachineView | null = machineView();
  readonly does: unknown[] = [];
  grouped = true;
  invite = '';

  protected readonly real = {
    do: async (command: { type: string }) => {
      this.does.push(command);
      this.order.push(command.type);
    },
    order: async (command: { type: string }) => {
      this.does.push(command);
      this.order.push(command.type);
    },
  };

  protected get group(): MeetingGroup | null {
    const { view, real } = this;
    if (!this.grouped) return null;
    return { ...real, view, answered: async () => undefined, invite: this.invite, clear: view?.mode === 'off' && view.sending === 'clear', sealed: view !== null && view.mode !== 'off' && view.mode !== 'unknown' } as unknown as MeetingGroup;
  }

  protected ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>> {
    this.asked.push([type, body]);
    this.order.push(type);
    return Promise.resolve({} as ReplyBody<T>);
  }

  protected sent(content: unknown): void {
    this.shown.push(content);
  }

  protected expect(id: string): void {
    this.expected.push(id);
  }

  protected entitle(id: string, host: boolean): void {
    this.order.push(`${host ? 'entitle' : 'demote'} ${id}`);
  }

  protected settleOffer(id: string, ended: boolean): void {
    this.order.push(`settle ${id} ${ended}`);
  }
}

let meeting: Played;
beforeEach(() => {
  meeting = new Played();
});

describe('content', () => {
  const say = async () => {
    await meeting.sendChat(' Hello ');
    await meeting.react('👍');
    await meeting.raiseHand(true);
  };

  it('goes by the server while nothing is encrypted', async () => {
    await say();
    expect(meeting.does).toEqual([]);
    expect(meeting.order).toEqual(['relay.send', 'relay.send', 'self.hand']);
  });

  it('goes by the group while something is, and nothing of it to the server', async () => {
    meeting.view = machineView({ mode: 'on', sending: 'seal' });
    await say();
    expect(meeting.asked).toEqual([]);
    expect(meeting.does).toEqual([
      { type: 'sendChat', text: 'Hello', to: '' },
      { type: 'sendReaction', text: '👍' },
      { type: 'raiseHand', up: true },
    ]);
    expect(meeting.shown).toEqual([{ kind: 'chat', text: 'Hello', to: '' }, { kind: 'reaction', text: '👍', to: '' }]);
  });

  it.each([[null], [machineView({ mode: 'unknown', sending: 'hold' })], [machineView({ mode: 'off', sending: 'hold' })]])('goes nowhere before that is known: %#', async (view) => {
    meeting.view = view;
    await expect(meeting.sendChat('Hello')).rejects.toMatchObject({ code: 'unanswered' });
    await expect(meeting.react('👍')).rejects.toMatchObject({ code: 'unanswered' });
    await expect(meeting.raiseHand(true)).rejects.toMatchObject({ code: 'unanswered' });
    expect(meeting.order).toEqual([]);
  });

  it('that is too long is refused before it is sealed', async () => {
    meeting.view = machineView({ mode: 'on', sending: 'seal' });
    await expect(meeting.sendChat('x'.repeat(100_000))).rejects.toMatchObject({ code: 'too_large' });
    expect(meeting.does).toEqual([]);
  });
});

describe('the lobby', () => {
  const hosts = (waiting: MachineView['waiting']) => (meeting.view = machineView({ host: true, canAdmit: true, waiting }));

  it('is opened by the group for those who knock there', async () => {
    hosts([knock('ben'), knock('cleo')]);
    await meeting.admit('ben');
    expect(meeting.order).toEqual(['admitKnock']);
    expect(meeting.does).toEqual([{ type: 'admitKnock', id: 'ben' }]);
  });

  it('is opened by the server for those who do not, who are let in when they knock', async () => {
    hosts([]);
    await meeting.admit('ben');
    expect(meeting.asked).toEqual([['lobby.admit', { id: 'ben' }]]);
    expect(meeting.expected).toEqual(['ben']);
  });

  it('is opened for all by both', async () => {
    hosts([knock('ben'), knock('banned', { banned: true })]);
    await meeting.admit();
    expect(meeting.does).toEqual([{ type: 'admitKnock', id: 'ben' }]);
    expect(meeting.asked).toEqual([['lobby.admit', { id: '' }]]);
  });

  it('of who may not open it is the server’s', async () => {
    meeting.view = machineView({ waiting: [knock('ben')] });
    await meeting.admit('ben');
    expect(meeting.order).toEqual(['lobby.admit']);
    expect(meeting.expected).toEqual([]);
  });

  it('is denied by the server, to who has a seat by taking it', async () => {
    hosts([knock('ben'), knock('cleo', { lobby: false, link: false })]);
    await meeting.deny('ben');
    await meeting.deny('cleo');
    expect(meeting.asked).toEqual([['lobby.deny', { id: 'ben' }], ['participant.remove', { id: 'cleo', ban: false }]]);
  });
});

describe('rights', () => {
  const people = [member('ben')];

  it('to remove: by the group first, a ban only by a host of it', async () => {
    meeting.view = machineView({ people, host: true });
    await meeting.remove('ben', { ban: true });
    expect(meeting.does).toEqual([{ type: 'removePerson', id: 'ben', ban: true }]);
    expect(meeting.order).toEqual(['removePerson', 'participant.remove']);
    meeting.view = machineView({ people });
    await meeting.remove('ben', { ban: true });
    expect(meeting.does[1]).toEqual({ type: 'removePerson', id: 'ben', ban: false });
    expect(meeting.asked[1]).toEqual(['participant.remove', { id: 'ben', ban: true }]);
  });

  it('are given in the group by who gives them, not by the server', async () => {
    await meeting.setRole('ben', 'cohost');
    await meeting.setRole('ben', 'participant');
    await meeting.transferHost('ben');
    expect(meeting.order).toEqual(['participant.role', 'entitle ben', 'participant.role', 'demote ben', 'entitle ben', 'host.transfer']);
  });

  it('without a group are the server’s', async () => {
    meeting.grouped = false;
    await meeting.remove('ben');
    await meeting.admit('ben');
    expect(meeting.order).toEqual(['participant.remove', 'lobby.admit']);
    await expect(meeting.setE2EE(true)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('the switch', () => {
  it('on: ends what cannot be encrypted, then the group, then the report', async () => {
    await meeting.setE2EE(true);
    expect(meeting.order).toEqual(['e2ee.prepare', 'switchE2EE', 'e2ee.report']);
  });

  it('off: the group, then the report', async () => {
    await meeting.setE2EE(false);
    expect(meeting.order).toEqual(['switchE2EE', 'e2ee.report']);
  });
});

describe('a device that cannot take part', () => {
  it('comes in when a host ends the encryption for it', async () => {
    await meeting.answerOffer('old', true);
    expect(meeting.order).toEqual(['switchE2EE', 'e2ee.report', 'settle old true']);
  });

  it('is sent away when a host keeps it', async () => {
    await meeting.answerOffer('old', false);
    expect(meeting.order).toEqual(['lobby.deny', 'settle old false']);
  });
});

describe('the invitation', () => {
  it('carries the secret of the link that is valid now, or says that it has none', async () => {
    vi.stubGlobal('location', { origin: 'https://meet.example' });
    meeting.invite = '2.S.R';
    expect(await meeting.inviteLink()).toEqual({ url: 'https://meet.example/j/0123456789#2.S.R', secret: true });
    meeting.invite = '';
    expect(await meeting.inviteLink()).toEqual({ url: 'https://meet.example/j/0123456789', secret: false });
    vi.unstubAllGlobals();
  });
});
