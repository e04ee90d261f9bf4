import type { ChatMessage } from '../../../room/model';

const together = 3 * 60_000; // ms within which messages of one person share a heading

/** Whether a message continues the one before it: then it needs no heading of its own. */
export function continues(message: ChatMessage, previous: ChatMessage | undefined): boolean {
  return (
    previous !== undefined &&
    previous.from === message.from &&
    previous.name === message.name &&
    previous.to === message.to &&
    message.at - previous.at < together
  );
}
