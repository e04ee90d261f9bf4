import Crown from '@lucide/svelte/icons/crown';
import Focus from '@lucide/svelte/icons/focus';
import Hand from '@lucide/svelte/icons/hand';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Mic from '@lucide/svelte/icons/mic';
import MicOff from '@lucide/svelte/icons/mic-off';
import Pencil from '@lucide/svelte/icons/pencil';
import ScreenShareOff from '@lucide/svelte/icons/screen-share-off';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserMinus from '@lucide/svelte/icons/user-minus';
import UserRoundCog from '@lucide/svelte/icons/user-round-cog';
import UserX from '@lucide/svelte/icons/user-x';
import VideoOff from '@lucide/svelte/icons/video-off';
import type { PersonAction } from './person-actions';

/** The icon of each action. */
export const actionIcons: Record<PersonAction['id'], typeof Crown> = {
  chat: MessageSquare,
  rename: Pencil,
  verify: ShieldCheck,
  mute: MicOff,
  askUnmute: Mic,
  stopVideo: VideoOff,
  stopScreen: ScreenShareOff,
  lowerHand: Hand,
  spotlight: Focus,
  unspotlight: Focus,
  cohost: UserRoundCog,
  uncohost: UserMinus,
  transfer: Crown,
  remove: UserX,
};
