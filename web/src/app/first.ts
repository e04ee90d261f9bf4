/**
 * Runs before every other script of the page: an invitation's secret leaves the
 * address before anything else could see it there.
 */
import { takeInvite } from '../e2ee/invite-link';

takeInvite(window);
