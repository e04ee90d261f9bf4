import { ChannelChat, ChannelReaction, Reactions, type Relayed } from '../api/wire';
import type { Content } from '../e2ee/mls';
import { instant } from './clock';
import type { ChatMessage } from './model';

/** The chat as the panel shows it. Never changed in place. */
export interface Chat {
  readonly messages: ChatMessage[];
  readonly unread: number;
}

export const EMPTY_CHAT: Chat = { messages: [], unread: 0 };

/** A chat message out of an envelope, or null when the envelope holds none. */
export function chatMessage(relayed: Relayed, self: string): ChatMessage | null {
  const text = field(relayed.payload, 'text');
  if (relayed.channel !== ChannelChat || text === null || text === '') return null;
  return {
    key: `${relayed.from} ${relayed.at}`,
    from: relayed.from,
    name: relayed.name,
    to: relayed.to ?? '',
    toName: relayed.toName ?? '',
    own: relayed.from === self,
    at: instant(relayed.at),
    text,
  };
}

/** The emoji of a reaction's envelope, or null when it holds none of the six. */
export function reaction(relayed: Relayed): string | null {
  const emoji = field(relayed.payload, 'emoji');
  return relayed.channel === ChannelReaction && Reactions.some((known) => known === emoji) ? emoji : null;
}

/** A chat message that came through the group. */
export function sealedMessage(content: Content, name: string, self: string): ChatMessage {
  const id = [...content.id].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key: `${content.from} ${id}`, from: content.from, name, to: content.private ? self : '', toName: '', own: false, at: content.at, text: content.text };
}

/** What this person has said through the group. */
export function ownMessage(self: string, name: string, text: string, to: string, toName: string): ChatMessage {
  return { key: `${self} ${crypto.randomUUID()}`, from: self, name, to, toName: to && toName, own: true, at: Date.now(), text };
}

/** The chat with one more message; one that is there already changes nothing. */
export function withMessage(chat: Chat, message: ChatMessage, read: boolean): Chat {
  if (chat.messages.some((known) => known.key === message.key)) return chat;
  const late = chat.messages.findLastIndex((known) => known.at <= message.at) + 1;
  return {
    messages: chat.messages.toSpliced(late, 0, message),
    unread: chat.unread + (read || message.own ? 0 : 1),
  };
}

function field(payload: unknown, name: string): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const value = (payload as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}
