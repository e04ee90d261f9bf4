/** The ids of the reactions' names, in the order of REACTIONS. */
export const reactionNames = [
  'reaction-thumb',
  'reaction-clap',
  'reaction-heart',
  'reaction-laugh',
  'reaction-wow',
  'reaction-party',
] as const;
