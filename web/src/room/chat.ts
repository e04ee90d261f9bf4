import { ChannelChat, ChannelReaction, Reactions, type Relayed } from '../api/wire';
import type { FileNote } from '../e2ee/file-protocol';
import type { Content } from '../e2ee/mls';
import { instant } from './clock';
import { fileName } from './file-name';
import { hex } from './group-view';
import type { ChatEntry, ChatFile, ChatMessage, ChatTurn } from './model';

/** The chat as the panel shows it. Never changed in place. */
export interface Chat {
  readonly messages: ChatEntry[];
  readonly unread: number;
}

export const EMPTY_CHAT: Chat = { messages: [], unread: 0 };

/** A chat message out of an envelope, or null when the envelope holds none. */
export function chatMessage(relayed: Relayed, self: string): ChatMessage | null {
  const text = field(relayed.payload, 'text') ?? '';
  const file = fileOf(relayed.payload);
  if (relayed.channel !== ChannelChat || (text === '' && !file)) return null;
  return {
    key: `${relayed.from} ${relayed.at}`,
    from: relayed.from,
    name: relayed.name,
    to: relayed.to ?? '',
    toName: relayed.toName ?? '',
    own: relayed.from === self,
    at: instant(relayed.at),
    text: file ? '' : text,
    file,
    sealed: false,
  };
}

/** The emoji of a reaction's envelope, or null when it holds none of the six. */
export function reaction(relayed: Relayed): string | null {
  const emoji = field(relayed.payload, 'emoji');
  return relayed.channel === ChannelReaction && Reactions.some((known) => known === emoji) ? emoji : null;
}

/** A chat message or a file that came through the group. */
export function sealedMessage(content: Content, name: string, self: string): ChatMessage {
  const { from, at } = content;
  const id = content.file?.id ?? hex(content.id);
  return { key: `${from} ${id}`, from, name, to: content.private ? self : '', toName: '', own: false, at, text: content.text, file: noteOf(content.file), sealed: true };
}

/** What this person has said through the group. */
export function ownMessage(self: string, name: string, said: { text: string; file?: FileNote; to: string; toName: string }): ChatMessage {
  const { text, file, to, toName } = said;
  return { key: `${self} ${file?.id ?? crypto.randomUUID()}`, from: self, name, to, toName: to && toName, own: true, at: Date.now(), text, file: noteOf(file), sealed: true };
}

/** Whether an entry says that encryption began or ended. */
export function isTurn(entry: ChatEntry): entry is ChatTurn {
  return 'turn' in entry;
}

/** The chat with a line that from here on it is encrypted, or no longer. */
export function withTurn(chat: Chat, turn: Omit<ChatTurn, 'key'>): Chat {
  return { ...chat, messages: [...chat.messages, { key: `turn ${chat.messages.length}`, ...turn }] };
}

/** The chat with one more message; one that is there already changes nothing. */
export function withMessage(chat: Chat, message: ChatMessage, read: boolean): Chat {
  if (chat.messages.some((known) => known.key === message.key)) return chat;
  return {
    messages: chat.messages.toSpliced(placeOf(chat.messages, message), 0, message),
    unread: chat.unread + (read || message.own ? 0 : 1),
  };
}

/** Where a message belongs: in the order of time, but no clear one within a stretch that was encrypted. */
function placeOf(messages: ChatEntry[], message: ChatMessage): number {
  if (message.sealed) return messages.length;
  const late = messages.findLastIndex((known) => known.at <= message.at) + 1;
  const before = messages.slice(0, late).findLast(isTurn);
  if (before?.turn !== 'on') return late;
  const end = messages.findIndex((known, i) => i >= late && isTurn(known));
  return end < 0 ? messages.length : end + 1;
}

function noteOf(file: FileNote | undefined): ChatFile | null {
  return file ? { id: file.id, name: fileName(file.name), type: file.mediaType, size: file.size } : null;
}

/** The offer of a file that the server can read. */
function fileOf(payload: unknown): ChatFile | null {
  const file = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)['file'] : null;
  const id = field(file, 'id');
  const size = typeof file === 'object' && file !== null ? (file as Record<string, unknown>)['size'] : null;
  if (!id || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return null;
  return { id, name: fileName(field(file, 'name') ?? ''), type: field(file, 'type') ?? '', size };
}

function field(payload: unknown, name: string): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const value = (payload as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}
