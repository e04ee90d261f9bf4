import { isTurn } from '../../../room/chat';
import type { ChatEntry, ChatMessage } from '../../../room/model';

const together = 3 * 60_000; // ms within which messages of one person share a heading

/** Whether a message continues the one before it: then it needs no heading of its own. */
export function continues(message: ChatMessage, previous: ChatEntry | undefined): boolean {
  return (
    previous !== undefined &&
    !isTurn(previous) &&
    previous.from === message.from &&
    previous.name === message.name &&
    previous.to === message.to &&
    previous.sealed === message.sealed &&
    message.at - previous.at < together
  );
}
