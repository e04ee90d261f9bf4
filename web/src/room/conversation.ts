import type { Relayed } from '../api/wire';
import type { Content } from '../e2ee/mls';
import type { FileNote } from '../e2ee/file-protocol';
import { EMPTY_CHAT, chatMessage, isTurn, ownMessage, reaction, sealedMessage, withMessage, withTurn, type Chat } from './chat';
import type { ChatMessage, MeetingEvent } from './model';

/** Who is here, as far as what is said needs it. */
export interface Speakers {
  /** own participant id, "" without a seat */
  self(): string;
  ownName(): string;
  /** as they said it in the group, or else the server */
  nameOf(id: string): string;
}

/**
 * What people say to each other: chat, reactions and hands, whether they came
 * through the server in clear or through the group.
 */
export class Conversation {
  private held: Chat = EMPTY_CHAT;
  private open = false;
  private encrypted = false;

  constructor(
    private readonly people: Speakers,
    private readonly tell: (event: MeetingEvent) => void,
    private readonly changed: () => void,
  ) {}

  get chat(): Chat {
    return this.held;
  }

  /** New messages do not count as unread while somebody looks. */
  get reading(): boolean {
    return this.open;
  }

  setOpen(open: boolean): void {
    this.open = open;
    if (open) this.held = { ...this.held, unread: 0 };
    this.changed();
  }

  clear(): void {
    this.held = EMPTY_CHAT;
    this.encrypted = false;
  }

  message(key: string): ChatMessage | undefined {
    return this.held.messages.find((entry): entry is ChatMessage => entry.key === key && !isTurn(entry));
  }

  /** What is said from now on goes through the group, or no longer; by whom, "" for nobody. */
  turn(on: boolean, by: string, own: boolean): void {
    if (on === this.encrypted) return;
    this.encrypted = on;
    this.held = withTurn(this.held, { turn: on ? 'on' : 'off', at: Date.now(), name: by, own });
    this.changed();
  }

  /** A message that the server can read; old: from before this person came. */
  relayed(relayed: Relayed, old: boolean): void {
    const self = this.people.self();
    const emoji = reaction(relayed);
    if (self === '') return;
    if (emoji !== null) {
      this.tell({ type: 'reaction', participant: relayed.from, name: relayed.name, emoji, own: relayed.from === self });
      return;
    }
    const message = chatMessage(relayed, self);
    if (message) this.said(message, old);
  }

  /** A member's message through the group. */
  opened(content: Content): void {
    const name = this.people.nameOf(content.from);
    const who = { participant: content.from, name };
    if (content.kind === 'chat' || (content.kind === 'file' && content.file)) this.said(sealedMessage(content, name, this.people.self()), false);
    else if (content.kind === 'reaction') this.tell({ type: 'reaction', ...who, emoji: content.text, own: false });
    else if (content.kind === 'hand' && content.up) this.tell({ type: 'handRaised', ...who });
  }

  /** What this person has sent through the group, which does not send it back. */
  sent({ kind, text, to }: { kind: 'chat' | 'reaction'; text: string; to: string }): void {
    const { people } = this;
    if (kind === 'reaction') this.tell({ type: 'reaction', participant: people.self(), name: people.ownName(), emoji: text, own: true });
    else this.sentMessage({ text, to });
  }

  /** Likewise a file. */
  sentFile(file: FileNote, to: string): void {
    this.sentMessage({ text: '', file, to });
  }

  private sentMessage(said: { text: string; file?: FileNote; to: string }): void {
    const { people } = this;
    this.said(ownMessage(people.self(), people.ownName(), { ...said, toName: people.nameOf(said.to) }), false);
  }

  private said(message: ChatMessage, old: boolean): void {
    const next = withMessage(this.held, message, old || this.open);
    if (next === this.held) return;
    this.held = next;
    if (!old) this.tell({ type: 'chat', message });
    this.changed();
  }
}
