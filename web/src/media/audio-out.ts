import { Store, type Readable } from '../room/store';
import { setSpeaker } from './tone';

/** The part of an audio element that is used. */
export interface Player {
  srcObject: MediaStream | null | MediaProvider;
  autoplay: boolean;
  play(): Promise<void>;
  pause(): void;
}

/**
 * Plays the sound of every audio slot, one element each. A browser may refuse to
 * play before a click: then `blocked` is true until unblock() is called from one.
 */
export class AudioOut {
  readonly blocked: Readable<boolean>;
  private readonly refused = new Store(false);
  private readonly players: Player[] = [];
  private speaker = '';

  constructor(private readonly make: () => Player = () => new Audio()) {
    this.blocked = this.refused;
  }

  /** Plays a slot's track from now until clear(). */
  add(track: MediaStreamTrack): void {
    const player = this.make();
    player.autoplay = true;
    player.srcObject = new MediaStream([track]);
    this.players.push(player);
    if (this.speaker) void setSpeaker(player as HTMLMediaElement, this.speaker);
    void this.start(player);
  }

  async setSpeaker(id: string): Promise<void> {
    this.speaker = id;
    await Promise.all(this.players.map((player) => setSpeaker(player as HTMLMediaElement, id)));
  }

  async unblock(): Promise<void> {
    this.refused.set(false);
    await Promise.all(this.players.map((player) => this.start(player)));
  }

  /** Stops and forgets all players. */
  clear(): void {
    for (const player of this.players.splice(0)) {
      player.pause();
      player.srcObject = null;
    }
  }

  private async start(player: Player): Promise<void> {
    try {
      await player.play();
    } catch (error) {
      // AbortError only says that clear() came first.
      if (error instanceof Error && error.name === 'NotAllowedError') this.refused.set(true);
    }
  }
}
