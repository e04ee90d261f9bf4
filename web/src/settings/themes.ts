import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Sun from '@lucide/svelte/icons/sun';

/** The appearances to choose from. */
export const themes = [
  { id: 'system', text: 'theme-system', icon: Monitor },
  { id: 'light', text: 'theme-light', icon: Sun },
  { id: 'dark', text: 'theme-dark', icon: Moon },
] as const;
