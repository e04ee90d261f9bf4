import { describe, expect, it } from 'vitest';
import type { Relayed } from '../api/wire';
import { EMPTY_CHAT, chatMessage, isTurn, ownMessage, reaction, sealedMessage, withMessage, withTurn, type Chat } from './chat';
import type { ChatMessage } from './model';

function relayed(from: string, second: number, payload: unknown = { text: `${from}${second}` }, channel = 'chat'): Relayed {
  return { channel, from, name: from.toUpperCase(), at: `2026-11-22T10:00:0${second}.123456Z`, payload };
}

const message = (from: string, second: number) => {
  const made = chatMessage(relayed(from, second), 'me');
  if (!made) throw new Error('no message');
  return made;
};

describe('chatMessage', () => {
  it('reads an envelope', () => {
    expect(chatMessage({ ...relayed('me', 1), to: 'ben', toName: 'BEN' }, 'me')).toEqual({
      key: 'me 2026-11-22T10:00:01.123456Z',
      from: 'me',
      name: 'ME',
      to: 'ben',
      toName: 'BEN',
      own: true,
      at: Date.parse('2026-11-22T10:00:01.123Z'),
      text: 'me1',
      file: null,
      sealed: false,
    });
  });

  it.each([
    ['another channel', relayed('ben', 1, { text: 'x' }, 'reaction')],
    ['no text', relayed('ben', 1, { text: '' })],
    ['a number', relayed('ben', 1, { text: 5 })],
    ['null', relayed('ben', 1, null)],
    ['a string', relayed('ben', 1, 'text')],
  ])('takes %s for no message', (_, odd) => expect(chatMessage(odd, 'me')).toBeNull());
});

describe('reaction', () => {
  it.each([
    ['one of the six', relayed('ben', 1, { emoji: '👍' }, 'reaction'), '👍'],
    ['any other text', relayed('ben', 1, { emoji: 'buy now' }, 'reaction'), null],
    ['a chat', relayed('ben', 1, { emoji: '👍' }), null],
  ])('%s', (_, envelope, want) => expect(reaction(envelope)).toBe(want));
});

const words = (chat: Chat) => chat.messages.map((entry) => (isTurn(entry) ? entry.turn : entry.text));

describe('chat', () => {
  it('counts what others wrote as unread, once', () => {
    let chat = withMessage(EMPTY_CHAT, message('ben', 1), false);
    chat = withMessage(chat, message('ben', 1), false);
    chat = withMessage(chat, message('me', 2), false);
    chat = withMessage(chat, message('eve', 3), true);
    expect([chat.messages.length, chat.unread]).toEqual([3, 1]);
  });

  it('keeps the order of time', () => {
    const chat = [message('ben', 3), message('eve', 1), message('ben', 2)].reduce((c, m) => withMessage(c, m, true), EMPTY_CHAT);
    expect(words(chat)).toEqual(['eve1', 'ben2', 'ben3']);
  });

  it('takes what was there at entry as read and knows a message that comes again', () => {
    const add = (chat: Chat, list: ChatMessage[], read: boolean) => list.reduce((c, m) => withMessage(c, m, read), chat);
    const first = add(EMPTY_CHAT, [message('ben', 1), message('ben', 2)], true);
    expect([first.messages.length, first.unread]).toEqual([2, 0]);
    const again = add(first, [message('ben', 1), message('ben', 2), message('eve', 3)], false);
    expect([again.messages.length, again.unread]).toEqual([3, 1]);
  });

  it('a sealed message has its own identity, and a private one names its reader', () => {
    const content = { kind: 'chat' as const, from: 'ben', at: 5, private: true, id: Uint8Array.of(1, 255), text: 'hi', up: false };
    expect(sealedMessage(content, 'Ben', 'me')).toMatchObject({ key: 'ben 01ff', name: 'Ben', to: 'me', own: false, text: 'hi' });
  });

  it('says where encryption began and ended, and lets no clear message in between', () => {
    const at = Date.parse('2026-11-22T10:00:02Z');
    const turn = (chat: Chat, on: boolean) => withTurn(chat, { turn: on ? 'on' : 'off', at, name: 'Ben', own: false });
    const sealed = (chat: Chat, text: string) => withMessage(chat, { ...ownMessage('me', 'Me', { text, to: '', toName: '' }), at }, true);
    let chat = withMessage(EMPTY_CHAT, message('ben', 1), true);
    chat = sealed(turn(chat, true), 'secret');
    // A clear message of before that comes late, and one by a server whose clock is behind.
    chat = withMessage(chat, message('eve', 1), true);
    expect(words(chat)).toEqual(['ben1', 'eve1', 'on', 'secret']);
    chat = withMessage(turn(chat, false), message('ben', 3), true);
    expect(words(chat)).toEqual(['ben1', 'eve1', 'on', 'secret', 'off', 'ben3']);
    expect(words(withMessage(turn(turn(EMPTY_CHAT, true), false), message('ben', 1), true))).toEqual(['ben1', 'on', 'off']);
    expect(chat.messages.map((entry) => !isTurn(entry) && entry.sealed)).toEqual([false, false, false, true, false, false]);
    expect(new Set(chat.messages.map(({ key }) => key)).size).toBe(6);
  });
});

describe('files', () => {
  const offer = { id: 'f1', name: 'a/plan.pdf', type: 'application/pdf', size: 5 };
  const shown = { id: 'f1', name: 'plan.pdf', type: 'application/pdf', size: 5 };

  it('reads an offer in clear', () => {
    expect(chatMessage(relayed('ben', 1, { text: '', file: offer }), 'me')).toMatchObject({ text: '', file: shown, sealed: false });
    expect(chatMessage(relayed('ben', 1, { text: '', file: { ...offer, type: 5 } }), 'me')?.file?.type).toBe('');
  });

  it.each([
    ['no id', { ...offer, id: '' }],
    ['no size', { ...offer, size: '5' }],
    ['a size that cannot be', { ...offer, size: -1 }],
    ['half a byte', { ...offer, size: 0.5 }],
    ['nothing', null],
  ])('takes %s for no file', (_, file) => expect(chatMessage(relayed('ben', 1, { text: '', file }), 'me')).toBeNull());

  it('a sealed one is known by its id', () => {
    const file = { id: 'f1', name: 'plan.pdf', mediaType: 'application/pdf', size: 5 };
    const content = { kind: 'file' as const, from: 'ben', at: 5, private: false, id: new Uint8Array(16), text: '', up: false, file };
    expect(sealedMessage(content, 'Ben', 'me')).toMatchObject({ key: 'ben f1', file: shown, sealed: true });
    expect(ownMessage('me', 'Me', { text: '', file, to: 'ben', toName: 'Ben' })).toMatchObject({ key: 'me f1', own: true, toName: 'Ben', file: shown, sealed: true });
  });
});
